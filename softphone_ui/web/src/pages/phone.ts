// An agent's telephone by itself: the headset's test, the state of the line, calls.

import { Ear, find, Keypad } from "../dom.ts";
import { Headset } from "../headset.ts";
import type { Credentials } from "../line.ts";
import { Phone } from "../phone.ts";
import { CAN, type State } from "../state.ts";
import { text } from "../texts.ts";

const METER_MS = 200;

const said = new Ear(find("said"));
const heard = new Ear(find("heard"));
const mute = find<HTMLButtonElement>("mute");
const keypad = new Keypad(
  find("keypad"),
  (key) => phone.press(key),
  () => phone.hangUp(),
);
const phone = new Phone(credentials, show);

async function credentials(): Promise<Credentials> {
  const answer = await fetch("/phone/new", { method: "POST" });
  if (!answer.ok) throw new Error(String(answer.status));
  return answer.json() as Promise<Credentials>;
}

function show(state: State): void {
  const can = CAN[state.talk];
  const line = find("line");
  const talk = find("talk");
  line.dataset.line = state.line;
  line.textContent = text(`phone.line.${state.line}`);
  talk.dataset.talk = state.talk;
  talk.textContent = text(`phone.talk.${state.talk}`, { number: state.number });
  find<HTMLButtonElement>("on").hidden = ["ready", "connecting", "lost"].includes(state.line);
  find<HTMLButtonElement>("answer").disabled = !can.answer;
  find<HTMLButtonElement>("hang-up").disabled = !can.hangUp;
  mute.disabled = !can.mute;
  mute.setAttribute("aria-pressed", String(state.muted));
  keypad.enable(can.keys);
  find("quality").textContent = state.mos === null ? "–" : state.mos.toFixed(1);
  said.listenTo(phone.said);
  heard.listenTo(phone.heard);
}

async function on(): Promise<void> {
  await phone.ring.allow();
  await phone.start();
}

find("on").addEventListener("click", () => void on());
find("answer").addEventListener("click", () => void phone.answer());
find("hang-up").addEventListener("click", () => phone.hangUp());
mute.addEventListener("click", () => phone.mute(!phone.state.muted));
new Headset(phone, said);
window.addEventListener("pagehide", () => phone.stop());
setInterval(() => {
  for (const ear of [said, heard]) ear.show();
}, METER_MS);
show(phone.state);
