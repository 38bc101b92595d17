// Which buttons of the desk work in which state; Asterisk and the line have the last word.

const TALKING = ["hold", "transfer", "consult", "dialogue", "pause"];
const HELD = ["resume", "complete", "conference", "cancel", "pause"];

export const MAY: Record<string, readonly string[]> = {
  ready: ["pause", "dial", "sign-out"],
  paused: ["ready", "pause", "dial", "sign-out"],
  away: ["ready", "pause", "dial", "sign-out"],
  "wrap-up": ["ready", "pause", "more-time", "dial", "sign-out"],
  talking: TALKING,
  "on-hold": HELD,
  reserved: [],
  ringing: [],
  occupied: [],
  unreachable: ["sign-out"],
};

/** The colour of a state, as Tabler calls it. */
export const COLOUR: Record<string, string> = {
  ready: "green",
  reserved: "azure",
  ringing: "azure",
  talking: "blue",
  "on-hold": "cyan",
  "wrap-up": "purple",
  paused: "orange",
  away: "yellow",
  unreachable: "red",
};

/** Return seconds as `4:05` or `1:02:03`. */
export function clock(seconds: number): string {
  const all = Math.max(0, Math.floor(seconds));
  const two = (number: number) => String(number).padStart(2, "0");
  const hours = Math.floor(all / 3600);
  const minutes = Math.floor((all % 3600) / 60);
  return hours ? `${hours}:${two(minutes)}:${two(all % 60)}` : `${minutes}:${two(all % 60)}`;
}
