// The agent's desk: the telephone, the state, the call and what is known of it.

import { About } from "../about.ts";
import { Ear, find } from "../dom.ts";
import { Feed, type Seen } from "../feed.ts";
import { Headset } from "../headset.ts";
import type { Credentials } from "../line.ts";
import { COLOUR, clock, MAY } from "../may.ts";
import { Phone } from "../phone.ts";
import { CAN, type State } from "../state.ts";
import { text } from "../texts.ts";

const METER_MS = 200;
const TICK_MS = 1000;
const TROUBLE_MS = 6000;

const said = new Ear(find("said"));
const heard = new Ear(find("heard"));
const about = new About();
const acts = [...document.querySelectorAll<HTMLButtonElement>("[data-act]")];
const phone = new Phone(credentials, showPhone);
const feed = new Feed("/desk/ws", show, () => show(null));
let seen: Seen | null = null;
let atWork = false;
let trouble: ReturnType<typeof setTimeout> | undefined;

async function credentials(): Promise<Credentials> {
  const answer = await fetch("/phone/new", { method: "POST" });
  if (!answer.ok) throw new Error(String(answer.status));
  return answer.json() as Promise<Credentials>;
}

function presence(): string {
  return seen?.agent?.presence ?? "logged-out";
}

/** Whether a supervisor ended the agent's work: the house was there all the time, and the agent no more. */
function wasSignedOut(now: Seen | null): boolean {
  return Boolean(atWork && seen?.connected && seen.agent && now?.connected && !now.agent);
}

function show(now: Seen | null): void {
  if (wasSignedOut(now)) {
    atWork = false;
    phone.stop();
  }
  seen = now;
  const state = presence();
  const shown = find("presence");
  shown.dataset.presence = state;
  shown.textContent = text(`desk.presence.${state}`);
  find("stripe").className = `card-status-start bg-${COLOUR[state] ?? "secondary"}`;
  find("reason").textContent = reason() || " ";
  for (const button of acts) button.disabled = !MAY[state]?.includes(button.dataset.act ?? "");
  find("asking").hidden = state !== "on-hold";
  find<HTMLButtonElement>("begin").hidden = atWork && state !== "logged-out";
  if (!now?.connected) complain(text("desk.away"), 0);
  else if (!trouble) complain("", 0);
  showCall();
  showFigures();
  about.follow(now?.call?.id ?? "", state);
  tick();
  void signIn();
}

function reason(): string {
  const agent = seen?.agent;
  const word = agent?.next_reason || agent?.reason;
  if (!word) return "";
  const said = text(`desk.reason.${word}`);
  const known = said.startsWith("desk.") ? word : said;
  return agent?.next_reason ? text("desk.then", { reason: known }) : known;
}

function showCall(): void {
  const call = seen?.call;
  find("talk").textContent = call ? text("desk.somebody", { number: call.number }) : text("desk.nobody");
  find("facts").textContent = call
    ? text("desk.facts", {
        queue: text(`queue.${call.queue}`),
        language: text(`tongue.${call.language}`),
        segment: text(`did.${call.segment}`),
        waited: clock(call.since - call.arrived),
      })
    : " ";
}

function showFigures(): void {
  find("calls").textContent = String(seen?.figures?.calls ?? 0);
  find("talked").textContent = clock(seen?.figures?.talk_seconds ?? 0);
  find("missed").textContent = String(seen?.figures?.missed ?? 0);
  const places = (seen?.queues ?? []).map(
    (queue) => new Option(text(`queue.${queue.name}`), `queue:${queue.name}`),
  );
  if (find("places").childElementCount !== places.length) find("places").replaceChildren(...places);
}

/** What counts on by itself. */
function tick(): void {
  const now = Date.now() / 1000;
  find("since").textContent = seen?.agent ? clock(now - seen.agent.since) : "";
  const rows = (seen?.queues ?? []).map((queue) => {
    const row = document.createElement("tr");
    const cells = [
      text(`queue.${queue.name}`),
      String(queue.waiting),
      queue.since ? clock(now - queue.since) : "–",
    ];
    row.append(
      ...cells.map((words, column) => {
        const cell = document.createElement("td");
        cell.textContent = words;
        if (column) cell.className = "text-end";
        return cell;
      }),
    );
    return row;
  });
  find("queues").replaceChildren(...rows);
}

function showPhone(state: State): void {
  const can = CAN[state.talk];
  const line = find("line");
  line.dataset.line = state.line;
  line.textContent = text(`phone.line.${state.line}`);
  find("talk").dataset.talk = state.talk;
  find<HTMLButtonElement>("answer").disabled = !can.answer;
  find<HTMLButtonElement>("hang-up").disabled = !can.hangUp;
  const mute = find<HTMLButtonElement>("mute");
  mute.disabled = !can.mute;
  mute.setAttribute("aria-pressed", String(state.muted));
  for (const key of find("keypad").querySelectorAll("button")) key.disabled = !can.keys;
  find("quality").textContent = state.mos === null ? "–" : state.mos.toFixed(1);
  said.listenTo(phone.said);
  heard.listenTo(phone.heard);
  void signIn();
}

/** Begin the working day once the telephone is there; the house says so again after it was away. */
async function signIn(): Promise<void> {
  if (!atWork || phone.state.line !== "ready" || !seen?.connected || seen.agent) return;
  await ask("sign-in");
}

async function ask(act: string, more: Record<string, string> = {}): Promise<void> {
  const why = await feed.ask(act, more);
  if (why) complain(why === "away" ? text("desk.away") : text("desk.problem", { why }), TROUBLE_MS);
}

function complain(words: string, forMs: number): void {
  const shown = find("problem");
  shown.hidden = !words;
  shown.textContent = words;
  clearTimeout(trouble);
  trouble = forMs ? setTimeout(() => complain("", 0), forMs) : undefined;
}

function act(name: string): void {
  const to = find<HTMLInputElement>("to");
  if (name === "pause") void ask(name, { reason: find<HTMLSelectElement>("pause").value });
  else if (name === "dialogue") void ask(name, { flow: "identify" });
  else if (name === "transfer" || name === "consult") void ask(name, { to: to.value.trim() });
  else if (name === "dial") void ask(name, { number: to.value.trim() });
  else if (name === "sign-out") end();
  else void ask(name);
}

function end(): void {
  atWork = false;
  void ask("sign-out").then(() => phone.stop());
}

async function begin(): Promise<void> {
  await phone.ring.allow();
  atWork = true;
  if (phone.state.line === "ready") await signIn();
  else await phone.start();
}

const KEYS: Record<string, () => void> = {
  a: () => void phone.answer(),
  h: () => act(presence() === "on-hold" ? "resume" : "hold"),
  m: () => phone.mute(!phone.state.muted),
  r: () => act("ready"),
  p: () => act("pause"),
  "?": () => {
    find<HTMLDetailsElement>("keys").open = true;
    find("keys").scrollIntoView();
  },
};

document.addEventListener("keydown", (event) => {
  const typing = event.target instanceof HTMLElement && event.target.closest("input, select, textarea");
  if (typing || event.ctrlKey || event.altKey || event.metaKey || event.repeat) return;
  KEYS[event.key.toLowerCase()]?.();
});
for (const button of acts) {
  if (button.type === "button") button.addEventListener("click", () => act(button.dataset.act ?? ""));
}
find("others").addEventListener("submit", (event) => {
  event.preventDefault();
  act("consult");
});
for (const key of find("keypad").querySelectorAll("button")) {
  key.addEventListener("click", () => phone.press(key.value));
}
find("begin").addEventListener("click", () => void begin());
find("answer").addEventListener("click", () => void phone.answer());
find("hang-up").addEventListener("click", () => phone.hangUp());
find("mute").addEventListener("click", () => phone.mute(!phone.state.muted));
window.addEventListener("pagehide", () => phone.stop());
setInterval(tick, TICK_MS);
setInterval(() => {
  for (const ear of [said, heard]) ear.show();
}, METER_MS);
new Headset(phone, said);
showPhone(phone.state);
feed.open();
