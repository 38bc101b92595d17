// Rows of a page that are kept and changed, not made anew: one for every key, in the order they are given.

export class Rows<Item> {
  private readonly known = new Map<string, HTMLElement>();

  constructor(
    private readonly parent: HTMLElement,
    private readonly make: (key: string) => HTMLElement,
    private readonly fill: (row: HTMLElement, item: Item) => void,
  ) {}

  show(items: [string, Item][]): void {
    const wanted = new Set(items.map(([key]) => key));
    for (const [key, row] of this.known) {
      if (wanted.has(key)) continue;
      row.remove();
      this.known.delete(key);
    }
    let place = this.parent.firstElementChild;
    for (const [key, item] of items) {
      let row = this.known.get(key);
      if (!row) {
        row = this.make(key);
        this.known.set(key, row);
      }
      this.fill(row, item);
      if (row === place) place = place.nextElementSibling;
      else this.parent.insertBefore(row, place);
    }
  }
}

/** Put words into a part of a row, only when they are others. */
export function put(row: HTMLElement, part: string, words: string): void {
  const found = row.querySelector<HTMLElement>(`[data-part="${part}"]`);
  if (found && found.textContent !== words) found.textContent = words;
}

export function element(tag: string, part = "", classes = ""): HTMLElement {
  const made = document.createElement(tag);
  if (part) made.dataset.part = part;
  if (classes) made.className = classes;
  return made;
}

/** Show a part of a row, or hide it. */
export function enable(row: HTMLElement, part: string, on: boolean): void {
  const found = row.querySelector<HTMLButtonElement>(`[data-part="${part}"]`);
  if (found) found.hidden = !on;
}
