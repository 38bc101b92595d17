// The desk's line to the house: what is seen comes by itself, what is asked for is answered.

export interface Agent {
  presence: string;
  /** Seconds since the epoch. */
  since: number;
  reason: string;
  next_reason: string;
}

export interface Call {
  id: string;
  state: string;
  queue: string;
  language: string;
  segment: string;
  number: string;
  customer: string;
  since: number;
  arrived: number;
}

export interface Queue {
  name: string;
  waiting: number;
  since: number | null;
  ready: number;
}

export interface Seen {
  connected: boolean;
  agent: Agent | null;
  call: Call | null;
  figures: { calls: number; talk_seconds: number; missed: number } | null;
  queues: Queue[];
}

const AGAIN_MS = 1000;
const SESSION_OVER = 4401;

export class Feed {
  private socket: WebSocket | null = null;
  private asked = 0;
  private readonly answers = new Map<number, (why: string) => void>();

  constructor(
    private readonly path: string,
    private readonly onSeen: (seen: Seen) => void,
    private readonly onLost: () => void,
  ) {}

  open(): void {
    const scheme = location.protocol === "https:" ? "wss" : "ws";
    const socket = new WebSocket(`${scheme}://${location.host}${this.path}`);
    socket.addEventListener("message", (event) => this.take(JSON.parse(String(event.data))));
    socket.addEventListener("close", (event) => this.closed(event.code));
    this.socket = socket;
  }

  /** Ask for something; return why it was not done, nothing when it was. */
  ask(act: string, more: Record<string, string> = {}): Promise<string> {
    const socket = this.socket;
    if (socket?.readyState !== WebSocket.OPEN) return Promise.resolve("away");
    const id = ++this.asked;
    return new Promise((resolve) => {
      this.answers.set(id, resolve);
      socket.send(JSON.stringify({ id, act, ...more }));
    });
  }

  private take(told: { type: string; id?: number; why?: string } & Seen): void {
    if (told.type === "desk") this.onSeen(told);
    else if (told.id !== undefined) {
      this.answers.get(told.id)?.(told.type === "done" ? "" : (told.why ?? ""));
      this.answers.delete(told.id);
    }
  }

  private closed(code: number): void {
    for (const answer of this.answers.values()) answer("away");
    this.answers.clear();
    if (code === SESSION_OVER) location.reload();
    this.onLost();
    setTimeout(() => this.open(), AGAIN_MS);
  }
}
