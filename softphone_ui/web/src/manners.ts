/** What a telephone does by itself: when it picks up, how long it waits before it tries again. */

const SOONEST_MS = 500;
const LATEST_MS = 10_000;

/**
 * Tell whether an INVITE asks to be answered at once: `Call-Info: <…>;answer-after=0` (as RFC 3261's Call-Info
 * is used for it everywhere). All that reaches us comes from our own Asterisk over our own line, and Asterisk
 * passes no caller's headers on.
 */
export function answersItself(callInfo: string | undefined): boolean {
  return /;\s*answer-after\s*=\s*0\s*(?:[;,]|$)/i.test(callInfo ?? "");
}

/** Return how long to wait before the next try, after so many that failed: twice as long each time. */
export function pauseBefore(failures: number, chance: () => number = Math.random): number {
  const whole = Math.min(LATEST_MS, SOONEST_MS * 2 ** Math.min(failures, 10));
  return whole / 2 + (chance() * whole) / 2;
}

/** Return only what a telephone can dial. */
export function dialable(text: string): string {
  return text.replace(/[^0-9*#]/g, "").slice(0, 20);
}
