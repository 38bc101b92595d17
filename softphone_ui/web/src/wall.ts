// What the wallboard knows: the latest state of everything, and which queues need somebody. No page in here.

export interface Agent {
  number: string;
  name: string;
  presence: string;
  since: number;
  reason: string;
  next_reason: string;
  call: string;
}

export interface Queue {
  name: string;
  waiting: number;
  longest_since: number | null;
  wait: number | null;
  answered: number;
  answered_in_time: number;
  abandoned: number;
  ready: number;
  signed_in: number;
}

export interface Call {
  id: string;
  state: string;
  queue: string;
  language: string;
  number: string;
  segment: string;
  since: number;
  arrived: number;
  agent: string;
}

export interface Figures {
  agent: string;
  calls: number;
  missed: number;
}

export interface News {
  at: number;
  lost: boolean;
  whole?: boolean;
  agents?: Agent[];
  queues?: Queue[];
  calls?: Call[];
  figures?: Figures[];
  gone?: string[];
}

export interface Goal {
  within: number;
  goal: number;
  /** There is an alarm from so many waiting on; 0: never. */
  waiting: number;
  /** There is an alarm above so many seconds. */
  longest: number;
  /** There is an alarm from so many who gave up today on; 0: never. */
  abandoned: number;
}

export interface Alarm {
  queue: string;
  kind: "longest" | "waiting" | "level" | "abandoned";
}

const USUAL: Goal = { within: 20, goal: 80, waiting: 5, longest: 20, abandoned: 0 };

export class Wall {
  readonly agents = new Map<string, Agent>();
  readonly queues = new Map<string, Queue>();
  readonly calls = new Map<string, Call>();
  readonly figures = new Map<string, Figures>();
  lost = false;
  private ahead = 0;

  constructor(private readonly goals: Record<string, Goal>) {}

  take(news: News, here: number): void {
    this.ahead = news.at - here;
    this.lost = news.lost;
    if (news.whole) for (const known of [this.agents, this.queues, this.calls, this.figures]) known.clear();
    for (const agent of news.agents ?? []) {
      if (agent.presence === "logged-out") this.agents.delete(agent.number);
      else this.agents.set(agent.number, agent);
    }
    for (const queue of news.queues ?? []) this.queues.set(queue.name, queue);
    for (const call of news.calls ?? []) this.calls.set(call.id, call);
    for (const each of news.figures ?? []) this.figures.set(each.agent, each);
    for (const call of news.gone ?? []) this.calls.delete(call);
  }

  /** Return how many seconds ago something was, by the server's clock. */
  ago(since: number, here: number): number {
    return Math.max(0, here + this.ahead - since);
  }

  goal(queue: string): Goal {
    return this.goals[queue] ?? USUAL;
  }

  /** Return what is wrong with a queue. */
  alarms(queue: Queue, here: number): Alarm[] {
    const { goal, waiting, longest, abandoned } = this.goal(queue.name);
    const level = serviceLevel(queue);
    const found: Alarm[] = [];
    if (queue.longest_since !== null && this.ago(queue.longest_since, here) > longest)
      found.push({ queue: queue.name, kind: "longest" });
    if (waiting && queue.waiting >= waiting) found.push({ queue: queue.name, kind: "waiting" });
    if (level !== null && level < goal) found.push({ queue: queue.name, kind: "level" });
    if (abandoned && queue.abandoned >= abandoned) found.push({ queue: queue.name, kind: "abandoned" });
    return found;
  }
}

/** Return how many of a hundred were answered in time; those who gave up were not. */
export function serviceLevel({ answered, answered_in_time, abandoned }: Queue): number | null {
  const all = answered + abandoned;
  return all ? Math.floor((100 * answered_in_time) / all) : null;
}

/** Return seconds as a clock shows them. */
export function clock(seconds: number): string {
  const whole = Math.floor(seconds);
  const [hours, minutes, rest] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  const end = `${String(minutes).padStart(hours ? 2 : 1, "0")}:${String(rest).padStart(2, "0")}`;
  return hours ? `${hours}:${end}` : end;
}
