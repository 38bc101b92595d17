// What the pages with a telephone share: finding parts of a page, meters, keypads.

import { Meter } from "./sound.ts";

/** Return the part of the page with this id. */
export function find<Kind extends HTMLElement = HTMLElement>(id: string): Kind {
  const found = document.getElementById(id);
  if (!found) throw new Error(`There is no ${id}`);
  return found as Kind;
}

/** A stream and the meter that shows how loud it is. */
export class Ear {
  private readonly meter = new Meter();
  private stream: MediaStream | null = null;

  constructor(private readonly shown: HTMLMeterElement) {}

  listenTo(stream: MediaStream | null): void {
    if (stream === this.stream) return;
    this.stream = stream;
    this.meter.listenTo(stream);
  }

  show(): void {
    this.shown.value = this.meter.level;
  }
}

/** The keys of a page and of the keyboard; `press` is told each that is pressed, `leave` of Escape. */
export class Keypad {
  private readonly buttons: HTMLButtonElement[];

  constructor(pad: HTMLElement, press: (key: string) => void, leave: () => void) {
    this.buttons = [...pad.querySelectorAll("button")];
    for (const button of this.buttons) button.addEventListener("click", () => press(button.value));
    document.addEventListener("keydown", (event) => {
      if (event.ctrlKey || event.altKey || event.metaKey || event.repeat) return;
      if (event.key === "Escape") leave();
      else if (/^[0-9*#]$/.test(event.key)) press(event.key);
    });
  }

  enable(on: boolean): void {
    for (const button of this.buttons) button.disabled = !on;
  }
}
