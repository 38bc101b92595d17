// What supervisors do, and what they are told of it.

import { find } from "./dom.ts";
import { element } from "./rows.ts";
import { text } from "./texts.ts";

const SURE_MS = 3000;

/** Return a button; what ends something for somebody else is asked for twice. */
export function button(name: string, twice: boolean, act: () => void): HTMLElement {
  const made = element("button", `do-${name}`, "btn btn-sm") as HTMLButtonElement;
  made.type = "button";
  made.textContent = text(`wallboard.do.${name}`);
  let sure = !twice;
  made.addEventListener("click", () => {
    if (sure) {
      act();
      return;
    }
    sure = true;
    made.textContent = text("wallboard.sure");
    setTimeout(() => {
      sure = false;
      made.textContent = text(`wallboard.do.${name}`);
    }, SURE_MS);
  });
  return made;
}

/** Ask for something. */
export async function ask(what: Record<string, string>): Promise<void> {
  try {
    const answer = await fetch("/wallboard/act", { method: "POST", body: new URLSearchParams(what) });
    const told = answer.ok ? await answer.json() : { refused: text("wallboard.failed") };
    find("said").textContent = told.refused ?? text("wallboard.done");
  } catch {
    find("said").textContent = text("wallboard.failed");
  }
}

/** Ask why a caller waits, or why they got whom they got. */
export async function explain(call: string): Promise<void> {
  try {
    const answer = await fetch(`/wallboard/why/${encodeURIComponent(call)}`);
    const told = answer.ok ? await answer.json() : {};
    find("said").textContent = told.sentence ?? told.refused ?? text("wallboard.failed");
  } catch {
    find("said").textContent = text("wallboard.failed");
  }
}
