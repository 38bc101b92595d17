// An agent's telephone by itself: the headset's test, the state of the line, calls.

import { Ear, find, Keypad } from "../dom.ts";
import type { Credentials } from "../line.ts";
import { Phone } from "../phone.ts";
import { devices, microphone } from "../sound.ts";
import { CAN, type State } from "../state.ts";
import { text } from "../texts.ts";

const TEST_MS = 5000;
const METER_MS = 200;

const said = new Ear(find("said"));
const heard = new Ear(find("heard"));
const mute = find<HTMLButtonElement>("mute");
const chosen = {
  microphone: find<HTMLSelectElement>("microphone"),
  speaker: find<HTMLSelectElement>("speaker"),
};
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

/** Fill in the devices; they have names once the microphone was allowed. */
async function offerDevices(): Promise<void> {
  for (const [select, kind] of [
    [chosen.microphone, "audioinput"],
    [chosen.speaker, "audiooutput"],
  ] as const) {
    const usual = select.options[0];
    const known = (await devices(kind)).filter((device) => device.deviceId);
    const options = known.map((device) => new Option(device.label, device.deviceId));
    select.replaceChildren(...(usual ? [usual] : []), ...options);
  }
}

async function test(): Promise<void> {
  const stream = await microphone(chosen.microphone.value);
  await offerDevices();
  said.listenTo(stream);
  setTimeout(() => {
    said.listenTo(phone.said);
    for (const track of stream.getTracks()) track.stop();
  }, TEST_MS);
}

async function on(): Promise<void> {
  await phone.ring.allow();
  await phone.start();
}

function ring(): void {
  phone.ring.start();
  setTimeout(() => phone.state.talk !== "ringing" && phone.ring.stop(), TEST_MS);
}

find("on").addEventListener("click", () => void on());
find("answer").addEventListener("click", () => void phone.answer());
find("hang-up").addEventListener("click", () => phone.hangUp());
mute.addEventListener("click", () => phone.mute(!phone.state.muted));
find("test").addEventListener("click", () => void test());
find("ring").addEventListener("click", ring);
for (const select of Object.values(chosen)) {
  select.addEventListener("change", () => {
    void phone.useHeadset(chosen.microphone.value, chosen.speaker.value);
  });
}
window.addEventListener("pagehide", () => phone.stop());
setInterval(() => {
  for (const ear of [said, heard]) ear.show();
}, METER_MS);
show(phone.state);
