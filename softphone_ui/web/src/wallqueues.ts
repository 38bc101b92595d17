// A queue's card on the wallboard.

import { element, put } from "./rows.ts";
import { text } from "./texts.ts";
import { clock, type Queue, serviceLevel, type Wall } from "./wall.ts";

/** Return how people call a queue, a segment or a language. */
export function called(kind: string, name: string): string {
  const words = text(`${kind}.${name}`);
  return words === `${kind}.${name}` ? name : words;
}

export function makeQueue(name: string): HTMLElement {
  const card = element("section", "", "card wall-queue");
  const title = element("h3", "title", "wall-title");
  title.textContent = called("queue", name);
  const waiting = element("div", "", "wall-waiting");
  waiting.append(element("strong", "waiting"), element("span", "word"));
  const bar = element("div", "", "progress progress-sm");
  bar.append(element("div", "bar", "progress-bar"));
  const facts = element("dl", "", "wall-facts");
  for (const part of ["longest", "estimate", "level", "staff", "answered", "abandoned"] as const) {
    const label = element("dt");
    label.textContent = text(`wallboard.${part}`);
    facts.append(label, element("dd", part));
  }
  card.append(title, waiting, facts, bar, element("small", "goal", "text-secondary"));
  put(card, "word", text("wallboard.waiting"));
  return card;
}

export function fillQueue(card: HTMLElement, queue: Queue, wall: Wall, now: number): void {
  const level = serviceLevel(queue);
  const goal = wall.goal(queue.name);
  const longest = queue.longest_since === null ? 0 : wall.ago(queue.longest_since, now);
  put(card, "waiting", String(queue.waiting));
  put(card, "longest", clock(longest));
  put(card, "estimate", queue.wait === null ? text("wallboard.none") : clock(queue.wait));
  put(card, "level", level === null ? text("wallboard.none") : `${level}%`);
  put(card, "staff", `${queue.ready} / ${queue.signed_in}`);
  put(card, "answered", String(queue.answered));
  put(card, "abandoned", String(queue.abandoned));
  put(card, "goal", text("wallboard.goal", { goal: goal.goal, within: goal.within }));
  const bar = card.querySelector<HTMLElement>('[data-part="bar"]');
  if (bar) {
    bar.style.width = `${level ?? 0}%`;
    bar.className = `progress-bar ${level !== null && level < goal.goal ? "bg-danger" : "bg-success"}`;
  }
  const wrong = wall.alarms(queue, now).map(({ kind }) => kind);
  card.classList.toggle("wall-alarm", wrong.length > 0);
  card.dataset.wrong = wrong.join(" ");
}
