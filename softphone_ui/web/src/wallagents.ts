// An agent's row on the wallboard, and the rows' order.

import { find } from "./dom.ts";
import { element, enable, put } from "./rows.ts";
import { text } from "./texts.ts";
import { type Agent, clock, type Wall } from "./wall.ts";
import { ask, button } from "./wallacts.ts";

const ORDER = [
  "unreachable",
  "away",
  "paused",
  "wrap-up",
  "occupied",
  "on-hold",
  "talking",
  "ringing",
  "reserved",
];
const TALKING = ["talking", "on-hold"];

export function makeAgent(number: string, acts: boolean, listens: boolean): HTMLElement {
  const row = element("tr");
  const who = element("td");
  who.append(element("span", "name"), " ", element("small", "number", "text-secondary"));
  const state = element("td");
  state.append(element("span", "state", "wall-state"));
  row.append(who, state, element("td", "since", "text-end wall-clock"), element("td", "reason"));
  row.append(element("td", "today", "text-end wall-clock"));
  if (acts) row.append(agentActs(number, listens));
  return row;
}

function agentActs(number: string, listens: boolean): HTMLElement {
  const cell = element("td", "", "wall-acts");
  if (listens) {
    for (const name of ["listen", "whisper", "barge", "take-over", "stop"] as const) {
      cell.append(button(name, name === "take-over", () => ask({ act: name, agent: number })));
    }
  }
  for (const presence of ["ready", "paused"] as const) {
    cell.append(button(presence, false, () => ask({ act: "force", agent: number, presence })));
  }
  cell.append(button("log-out", true, () => ask({ act: "log-out", agent: number })));
  const skills = element("a", "skills", "btn btn-sm") as HTMLAnchorElement;
  skills.href = `/routing/agents/${encodeURIComponent(number)}`;
  skills.textContent = text("wallboard.skills");
  cell.append(skills);
  return cell;
}

export function fillAgent(row: HTMLElement, agent: Agent, wall: Wall, now: number): void {
  const figures = wall.figures.get(agent.number);
  put(row, "name", agent.name);
  put(row, "number", agent.number);
  put(row, "state", text(`wallboard.presence.${agent.presence}`));
  put(row, "since", clock(wall.ago(agent.since, now)));
  put(
    row,
    "reason",
    agent.next_reason ? text("wallboard.late", { reason: agent.next_reason }) : agent.reason,
  );
  put(row, "today", String(figures?.calls ?? 0));
  row.dataset.presence = agent.presence;
  const talks = TALKING.includes(agent.presence);
  for (const name of ["listen", "whisper", "barge", "take-over", "stop"]) enable(row, `do-${name}`, talks);
  enable(row, "do-ready", agent.presence !== "ready" && !talks);
  enable(row, "do-paused", agent.presence !== "paused");
}

/** Return whether somebody is looked for. */
export function wanted({ presence, name, number }: Agent): boolean {
  const only = find<HTMLSelectElement>("only").value;
  const asked = find<HTMLInputElement>("search").value.trim().toLowerCase();
  if (only && presence !== only) return false;
  return !asked || `${name} ${number}`.toLowerCase().includes(asked);
}

export function before(one: Agent, other: Agent, wall: Wall): number {
  const done = (agent: Agent) => wall.figures.get(agent.number)?.calls ?? 0;
  const rank = ({ presence }: Agent) => (ORDER.includes(presence) ? ORDER.indexOf(presence) : ORDER.length);
  const ways: Record<string, number> = {
    state: rank(one) - rank(other),
    name: one.name < other.name ? -1 : Number(one.name > other.name),
    since: one.since - other.since,
    calls: done(other) - done(one),
  };
  return ways[find<HTMLSelectElement>("sort").value] || (one.number < other.number ? -1 : 1);
}
