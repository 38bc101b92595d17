// Parts of a page the house sends again whenever they change; their forms are sent without leaving the page.

const AGAIN_MS = 1000;
const SESSION_OVER = 4401;

class Part {
  private waiting = "";

  constructor(private readonly place: HTMLElement) {
    place.addEventListener("submit", (event) => {
      event.preventDefault();
      void this.send(event.target as HTMLFormElement);
    });
    place.addEventListener("focusout", () => setTimeout(() => this.draw(), 0));
    this.open();
  }

  private open(): void {
    const scheme = location.protocol === "https:" ? "wss" : "ws";
    const socket = new WebSocket(`${scheme}://${location.host}${this.place.dataset.pushed}`);
    socket.addEventListener("message", (event) => {
      this.waiting = String(event.data);
      this.draw();
    });
    socket.addEventListener("close", (event) => {
      if (event.code === SESSION_OVER) location.reload();
      setTimeout(() => this.open(), AGAIN_MS);
    });
  }

  /** Show what came last, unless somebody is typing there. */
  private draw(): void {
    const typing = this.place.querySelector("input:focus, select:focus") !== null;
    if (typing || !this.waiting) return;
    const drawn = new DOMParser().parseFromString(this.waiting, "text/html");
    this.place.replaceChildren(...drawn.body.childNodes);
    this.waiting = "";
  }

  private async send(form: HTMLFormElement): Promise<void> {
    const fields = new URLSearchParams();
    for (const [name, value] of new FormData(form)) fields.append(name, String(value));
    const buttons = form.querySelectorAll("button");
    for (const button of buttons) button.disabled = true;
    const answer = await fetch(form.action, { method: "POST", body: fields });
    const said = answer.ok ? ((await answer.json()) as { problem: string }).problem : String(answer.status);
    for (const button of buttons) button.disabled = false;
    const problem = this.place.querySelector<HTMLElement>("[data-problem]");
    if (problem) {
      problem.hidden = !said;
      problem.textContent = said;
    }
    if (document.activeElement instanceof HTMLElement && !said) document.activeElement.blur();
  }
}

for (const place of document.querySelectorAll<HTMLElement>("[data-pushed]")) new Part(place);
