// A call's row on the wallboard.

import { find } from "./dom.ts";
import { element, enable, put } from "./rows.ts";
import { text } from "./texts.ts";
import { type Call, clock, type Wall } from "./wall.ts";
import { ask, explain } from "./wallacts.ts";
import { called } from "./wallqueues.ts";

const MOVABLE = ["waiting", "offered"];

export function makeCall(id: string, acts: boolean): HTMLElement {
  const row = element("tr");
  const who = element("td");
  who.append(element("span", "number"), " ", element("small", "more", "text-secondary"));
  const state = element("td");
  state.append(element("span", "state", "wall-state"));
  row.append(who, state, element("td", "since", "text-end wall-clock"));
  row.append(element("td", "queue"), element("td", "agent"));
  const cell = element("td", "", "wall-acts");
  const why = element("button", "explain", "btn btn-sm") as HTMLButtonElement;
  why.type = "button";
  why.textContent = text("wallboard.explain");
  why.addEventListener("click", () => void explain(id));
  cell.append(why);
  if (acts) cell.append(mover(id));
  row.append(cell);
  return row;
}

function mover(id: string): HTMLElement {
  const select = element("select", "move", "form-select form-select-sm") as HTMLSelectElement;
  select.setAttribute("aria-label", text("wallboard.move"));
  const names = [...find<HTMLSelectElement>("in-queue").options].filter((option) => option.value);
  select.append(
    new Option(text("wallboard.move"), ""),
    ...names.map((option) => new Option(option.text, option.value)),
  );
  select.addEventListener("change", () => {
    void ask({ act: "move", call: id, queue: select.value });
    select.value = "";
  });
  return select;
}

export function fillCall(row: HTMLElement, call: Call, wall: Wall, now: number): void {
  const more = [
    call.language && called("spoken", call.language),
    call.segment && called("segment", call.segment),
  ];
  put(row, "number", call.number || text("wallboard.none"));
  put(row, "more", more.filter(Boolean).join(" · "));
  put(row, "state", text(`wallboard.call.${call.state}`));
  put(row, "since", clock(wall.ago(call.since, now)));
  put(row, "queue", call.queue ? called("queue", call.queue) : "");
  put(row, "agent", wall.agents.get(call.agent)?.name ?? call.agent);
  row.dataset.presence = call.state;
  enable(row, "move", MOVABLE.includes(call.state));
}
