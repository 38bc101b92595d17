// The telephone of /try: choose who you are, call, press keys.

import { Ear, find, Keypad } from "../dom.ts";
import type { Credentials } from "../line.ts";
import { Phone } from "../phone.ts";
import { CAN, type State } from "../state.ts";
import { text } from "../texts.ts";

const LONGEST_SHOWN = 24;
const METER_MS = 200;

const call = find<HTMLButtonElement>("call");
const who = find<HTMLFormElement>("who");
const pressed = find("pressed");
const said = new Ear(find("said"));
const heard = new Ear(find("heard"));
const keypad = new Keypad(find("keypad"), press, end);
const phone = new Phone(credentials, show);

/** Somebody pressed call, and the line is not there yet. */
let wanted = false;

/** Ask for a telephone of whoever is chosen; which number it shows is the server's business. */
async function credentials(): Promise<Credentials> {
  const customer = chosen();
  const answer = await fetch("/try/new", {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ customer }),
  });
  if (!answer.ok) throw new Error(String(answer.status));
  return answer.json() as Promise<Credentials>;
}

/** Return the account of whoever is chosen, also while the choice is closed. */
function chosen(): string {
  return who.querySelector<HTMLInputElement>("input:checked")?.value ?? "";
}

function show(state: State): void {
  const busy = wanted || state.talk !== "idle";
  call.disabled = busy;
  find<HTMLButtonElement>("hang-up").disabled = !busy;
  keypad.enable(CAN[state.talk].keys);
  for (const choice of who.querySelectorAll("input")) choice.disabled = busy;
  const words = find("state");
  words.dataset.talk = state.talk;
  words.textContent = told(state);
  said.listenTo(phone.said);
  heard.listenTo(phone.heard);
  if (wanted && state.line === "ready" && state.talk === "idle") {
    wanted = false;
    void phone.call(call.value);
  }
}

function told(state: State): string {
  if (state.talk === "dialling" && state.ringsThere) return text("try.state.ringing");
  if (state.talk === "dialling") return text("try.state.dialling");
  if (state.talk !== "idle") return text("try.state.connected");
  if (wanted && state.line === "lost") return text("try.state.lost");
  if (wanted) return text("try.state.dialling");
  return state.ended ? text(`try.ended.${state.ended}`) : text("try.state.off");
}

function press(key: string): void {
  if (!CAN[phone.state.talk].keys) return;
  phone.press(key);
  pressed.textContent = ((pressed.textContent ?? "") + key).slice(-LONGEST_SHOWN);
}

function begin(): void {
  wanted = true;
  pressed.textContent = "";
  phone.stop();
  void phone.start();
}

function end(): void {
  if (wanted) phone.stop();
  wanted = false;
  phone.hangUp();
  show(phone.state);
}

function tick(): void {
  said.show();
  heard.show();
  const seconds = phone.state.since ? Math.floor((Date.now() - phone.state.since) / 1000) : 0;
  find("timer").textContent = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}

call.addEventListener("click", begin);
find("hang-up").addEventListener("click", end);
window.addEventListener("pagehide", () => phone.stop());
setInterval(tick, METER_MS);
show(phone.state);
