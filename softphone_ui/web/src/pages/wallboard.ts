// The wallboard: applies what the server tells once a frame, and asks for what supervisors do.

import { find } from "../dom.ts";
import type { Credentials } from "../line.ts";
import { Phone } from "../phone.ts";
import { element, Rows } from "../rows.ts";
import { Ring } from "../sound.ts";
import { text } from "../texts.ts";
import { type Agent, type Call, clock, type News, type Queue, serviceLevel, Wall } from "../wall.ts";
import { before, fillAgent, makeAgent, wanted } from "../wallagents.ts";
import { fillCall, makeCall } from "../wallcalls.ts";
import { called, fillQueue, makeQueue } from "../wallqueues.ts";

const AGAIN_MS = 1000;
const BEEP_MS = 1500;
/** The page is opened so where it hangs on a wall. */
const BIG = "#big";
const SOUND = "wallboard-sound";

const wallPart = find("wall");
const acts = Boolean(wallPart.dataset.acts);
const listens = Boolean(wallPart.dataset.listens);
const wall = new Wall(JSON.parse(wallPart.dataset.goals ?? "{}"));
const search = find<HTMLInputElement>("search");
const only = find<HTMLSelectElement>("only");
const sort = find<HTMLSelectElement>("sort");
const inQueue = find<HTMLSelectElement>("in-queue");
const sound = find<HTMLInputElement>("sound");
let drawn = false;
let live = false;
let rung = "";
let bell: Ring | null = null;
let phone: Phone | null = null;

const now = () => Date.now() / 1000;

const queues = new Rows<Queue>(find("queues"), makeQueue, (card, queue) =>
  fillQueue(card, queue, wall, now()),
);
const agents = new Rows<Agent>(
  find("agents"),
  (number) => makeAgent(number, acts, listens),
  (row, agent) => fillAgent(row, agent, wall, now()),
);
const calls = new Rows<Call>(
  find("calls"),
  (id) => makeCall(id, acts),
  (row, call) => fillCall(row, call, wall, now()),
);

function draw(): void {
  if (drawn) return;
  drawn = true;
  requestAnimationFrame(() => {
    drawn = false;
    show();
  });
}

function show(): void {
  const feed = find("feed");
  feed.textContent = text(!live ? "wallboard.offline" : wall.lost ? "wallboard.lost" : "wallboard.live");
  feed.className = `status ${live && !wall.lost ? "status-green" : "status-red"}`;
  wallPart.classList.toggle("wall-stale", !live || wall.lost);
  queues.show([...wall.queues]);
  const seen = [...wall.agents.values()].filter(wanted).sort((one, other) => before(one, other, wall));
  agents.show(seen.map((agent) => [agent.number, agent]));
  find("count").textContent = String(seen.length);
  find("no-agents").hidden = seen.length > 0;
  const shown = [...wall.calls.values()].filter((call) => !inQueue.value || call.queue === inQueue.value);
  shown.sort((one, other) => one.arrived - other.arrived);
  calls.show(shown.map((call) => [call.id, call]));
  find("no-calls").hidden = shown.length > 0;
  showAlarms();
}

function showAlarms(): void {
  const words = [...wall.queues.values()].flatMap((queue) => {
    const { goal, longest } = wall.goal(queue.name);
    const values = {
      queue: called("queue", queue.name),
      wait: clock(queue.longest_since === null ? 0 : wall.ago(queue.longest_since, now())),
      count: queue.waiting,
      level: serviceLevel(queue) ?? 0,
      goal,
      within: longest,
      abandoned: queue.abandoned,
    };
    const found = wall.alarms(queue, now());
    return found.map(({ kind }) => ({
      id: `${queue.name}-${kind}`,
      words: text(`wallboard.alarm.${kind}`, values),
    }));
  });
  alarms.show(words.map((alarm) => [alarm.id, alarm.words]));
  const all = words.map(({ id }) => id).join(" ");
  if (words.some(({ id }) => !rung.split(" ").includes(id))) beep();
  rung = all;
  find("calm").hidden = words.length > 0;
}

const alarms = new Rows<string>(
  find("alarms"),
  () => element("div", "", "badge bg-danger text-danger-fg wall-badge"),
  (row, words) => {
    if (row.textContent !== words) row.textContent = words;
  },
);

function beep(): void {
  if (!sound.checked || !bell) return;
  const ring = bell;
  ring.start();
  setTimeout(() => ring.stop(), BEEP_MS);
}

/** Have the bell allowed to sound, as browsers want it: when somebody has clicked. */
function hearing(): void {
  if (!sound.checked) return;
  bell ??= new Ring();
  void bell.allow();
}

async function credentials(): Promise<Credentials> {
  const answer = await fetch("/phone/new", { method: "POST" });
  if (!answer.ok) throw new Error(String(answer.status));
  return answer.json() as Promise<Credentials>;
}

async function phoneOn(): Promise<void> {
  phone ??= new Phone(credentials, (state) => {
    find("line").textContent = text(`wallboard.line.${state.line}`);
    find("line").dataset.line = state.line;
    find("phone-on").hidden = ["ready", "connecting", "lost"].includes(state.line);
  });
  await phone.ring.allow();
  await phone.start();
}

function connect(): void {
  const socket = new WebSocket(new URL("/wallboard/ws", location.href.replace(/^http/, "ws")));
  socket.addEventListener("message", ({ data }) => {
    live = true;
    wall.take(JSON.parse(data) as News, now());
    draw();
  });
  socket.addEventListener("close", ({ code }) => {
    live = false;
    draw();
    if (code === 4401) location.assign("/sign-in");
    else setTimeout(connect, AGAIN_MS);
  });
}

for (const part of [search, only, sort, inQueue]) part.addEventListener("input", draw);
sound.checked = localStorage.getItem(SOUND) === "on";
sound.addEventListener("change", () => {
  localStorage.setItem(SOUND, sound.checked ? "on" : "off");
  hearing();
});
document.addEventListener("click", hearing, { once: true });
document.body.classList.toggle("wall-big", location.hash === BIG);
find("big").addEventListener("click", () => {
  const big = document.body.classList.toggle("wall-big");
  history.replaceState(null, "", big ? BIG : location.pathname);
  if (!document.fullscreenElement) void document.documentElement.requestFullscreen().catch(() => {});
  else void document.exitFullscreen();
});
document.getElementById("phone-on")?.addEventListener("click", () => void phoneOn());
window.addEventListener("pagehide", () => phone?.stop());
setInterval(draw, 1000);
connect();
