// What a telephone shows of itself, and which of its buttons work.

/** `taken`: the same telephone is open in another window. `over`: nobody is signed in any more. */
export type Line = "off" | "connecting" | "ready" | "lost" | "taken" | "over";
export type Talk = "idle" | "dialling" | "ringing" | "talking";
export type Ended = "hung-up" | "busy" | "refused" | "unanswered" | "no-microphone" | "broken";

export interface State {
  line: Line;
  talk: Talk;
  /** The other side is told about the call already: it rings there. */
  ringsThere: boolean;
  muted: boolean;
  /** The number of whoever calls or is called. */
  number: string;
  /** When it was answered (ms since the epoch). */
  since: number | null;
  ended: Ended | null;
  /** How it sounds, 1 to 4.5, of the last few seconds. */
  mos: number | null;
}

export const CAN: Record<
  Talk,
  { call: boolean; answer: boolean; hangUp: boolean; mute: boolean; keys: boolean }
> = {
  idle: { call: true, answer: false, hangUp: false, mute: false, keys: false },
  dialling: { call: false, answer: false, hangUp: true, mute: false, keys: false },
  ringing: { call: false, answer: true, hangUp: true, mute: false, keys: false },
  talking: { call: false, answer: false, hangUp: true, mute: true, keys: true },
};

export const AT_FIRST: State = {
  line: "off",
  talk: "idle",
  ringsThere: false,
  muted: false,
  number: "",
  since: null,
  ended: null,
  mos: null,
};

/** Return how a call ended, of JsSIP's word for it. */
export function why(cause: string | undefined): Ended {
  switch (cause) {
    case "Canceled":
    case "Terminated":
      return "hung-up";
    case "Busy":
      return "busy";
    case "No Answer":
    case "Request Timeout":
    case "Unavailable":
      return "unanswered";
    case "Connection Error":
    case "Internal Error":
    case "RTP Timeout":
      return "broken";
    default:
      return "refused";
  }
}
