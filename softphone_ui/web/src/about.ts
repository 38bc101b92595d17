// What is known of the caller, and what the agent writes down.

import { find } from "./dom.ts";
import { text } from "./texts.ts";

interface Step {
  at: string;
  what: string;
  details: string[];
}

interface Note {
  at: string;
  agent: string;
  customer: string;
  disposition: string;
  text: string;
}

interface Known {
  identified: boolean;
  steps: Step[];
  why: string;
  last: Note[];
  script: string[];
}

/** The house writes its log half a second behind. */
const LATER_MS = 2000;
const TALKS = ["talking", "on-hold"];

export class About {
  private call = "";
  private state = "";
  private written = "";
  private scripted = "";

  constructor() {
    find("note").addEventListener("submit", (event) => {
      event.preventDefault();
      void this.write();
    });
    void this.history();
  }

  /** Show whom the agent has; the last call stays until another comes, for the notes. */
  follow(call: string, state: string): void {
    const another = call !== "" && call !== this.call;
    if (another) this.begins(call);
    const begun = TALKS.includes(state) && !TALKS.includes(this.state);
    this.state = state;
    if (another || begun) {
      void this.look();
      setTimeout(() => void this.look(), LATER_MS);
    }
    const writes = TALKS.includes(state) || state === "wrap-up" || state === "paused";
    find("note").hidden = !writes || !this.call || this.written === this.call;
  }

  private begins(call: string): void {
    this.call = call;
    find<HTMLTextAreaElement>("text").value = "";
    find("saved").hidden = true;
  }

  private async look(): Promise<void> {
    const call = this.call;
    const answer = await fetch(`/desk/calls/${encodeURIComponent(call)}`);
    if (!answer.ok || call !== this.call) return;
    const known = (await answer.json()) as Known;
    find("about").hidden = false;
    find("identified").textContent = known.identified ? text("desk.identified") : text("desk.not-identified");
    find("why").textContent = known.why;
    this.read(known.script);
    list("steps", known.steps.map(said));
    list("last", known.last.map(noted));
  }

  /** Show what is to be said; what was ticked stays so as long as it is the same call. */
  private read(script: string[]): void {
    find("script-part").hidden = script.length === 0;
    if (this.scripted === this.call) return;
    this.scripted = this.call;
    const lines = script.map((words, number) => {
      const item = document.createElement("li");
      const label = document.createElement("label");
      const box = document.createElement("input");
      label.className = "form-check";
      box.type = "checkbox";
      box.className = "form-check-input";
      box.id = `said-${number}`;
      label.append(box, words);
      item.append(label);
      return item;
    });
    find("script").replaceChildren(...lines);
  }

  private async history(): Promise<void> {
    const answer = await fetch("/desk/notes");
    if (answer.ok) list("history", ((await answer.json()) as Note[]).map(noted));
  }

  private async write(): Promise<void> {
    const call = this.call;
    const body = JSON.stringify({
      call,
      disposition: find<HTMLSelectElement>("disposition").value,
      text: find<HTMLTextAreaElement>("text").value,
    });
    const answer = await fetch("/desk/notes", { method: "POST", body });
    if (!answer.ok) return;
    this.written = call;
    find("saved").hidden = false;
    find("note").hidden = this.state !== "wrap-up";
    await this.history();
  }
}

function said(step: Step): string {
  return `${step.at.slice(-8)} ${text(`step.${step.what}`)} ${step.details.join(" · ")}`;
}

function noted(note: Note): string {
  return `${note.at.slice(5, 16)} ${note.customer} ${text(`disposition.${note.disposition}`)} ${note.text}`;
}

function list(id: string, lines: string[]): void {
  const items = (lines.length ? lines : [text("desk.nothing")]).map((words) => {
    const item = document.createElement("li");
    item.textContent = words;
    return item;
  });
  find(id).replaceChildren(...items);
}
