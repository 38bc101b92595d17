/**
 * How good a conversation sounds, from 1 to 4.5 (MOS), estimated from loss and delay.
 *
 * The E-model, ITU-T G.107: R = Ro - Is - Id - Ie,eff + A with its default Ro - Is = 93.2 and A = 0.
 * - Ie,eff = Ie + (95 - Ie) * Ppl / (Ppl / BurstR + Bpl); for G.711 with concealment of lost packets Ie = 0 and
 *   Bpl = 25.1 (G.113, appendix I); loss at random, so BurstR = 1.
 * - Id = 0.024 d + 0.11 (d - 177.3) where d > 177.3 ms, one way: R. G. Cole and J. H. Rosenbluth, "Voice over IP
 *   performance monitoring", Computer Communication Review 31 (2001), which simplifies G.107's own.
 * - MOS = 1 + 0.035 R + 7e-6 R (R - 60) (100 - R) (G.107, annex B).
 */

/** What is known of a conversation from its beginning, in packets and seconds. */
export interface Heard {
  received: number;
  lost: number;
  roundTrip: number;
  /** How long sound waits here before it is played. */
  buffered: number;
}

const BEST = 93.2;
const WORST_IMPAIRMENT = 95;
const LOSS_TOLERATED = 25.1;
const DELAY_NOTICED = 177.3;
const PACKET_MS = 20;

/** Return the rating R for a loss (0 to 1) and a delay from mouth to ear. */
export function rating(loss: number, delayMs: number): number {
  const percent = 100 * loss;
  const equipment = (WORST_IMPAIRMENT * percent) / (percent + LOSS_TOLERATED);
  const delay = 0.024 * delayMs + 0.11 * Math.max(0, delayMs - DELAY_NOTICED);
  return BEST - delay - equipment;
}

/** Return what listeners would say, on average, of a rating. */
export function opinion(r: number): number {
  if (r <= 0) return 1;
  if (r >= 100) return 4.5;
  return 1 + 0.035 * r + 7e-6 * r * (r - 60) * (100 - r);
}

/** Return the estimate for what happened between two looks; null when nothing was to be heard. */
export function estimate(before: Heard, now: Heard): number | null {
  const received = now.received - before.received;
  const lost = Math.max(0, now.lost - before.lost);
  if (received + lost <= 0) return null;
  const delay = (now.roundTrip * 1000) / 2 + now.buffered * 1000 + PACKET_MS;
  return opinion(rating(lost / (received + lost), delay));
}

/** Return what the browser, and Asterisk by RTCP, have counted. */
function counted(report: RTCStatsReport): Heard | null {
  let heard: Heard | null = null;
  let roundTrip = 0;
  report.forEach((entry) => {
    if (entry.type === "remote-inbound-rtp") roundTrip = entry.roundTripTime ?? roundTrip;
    if (entry.type !== "inbound-rtp" || entry.kind !== "audio") return;
    const buffered = entry.jitterBufferEmittedCount
      ? entry.jitterBufferDelay / entry.jitterBufferEmittedCount
      : 0;
    heard = { received: entry.packetsReceived, lost: entry.packetsLost, roundTrip: 0, buffered };
  });
  return heard && { ...(heard as Heard), roundTrip };
}

/** How one conversation sounds, from look to look. */
export class Quality {
  private before: Heard | null = null;

  /** Return the estimate since the last look. */
  async of(connection: RTCPeerConnection): Promise<number | null> {
    const [before, now] = [this.before, counted(await connection.getStats())];
    this.before = now;
    return before && now && estimate(before, now);
  }
}
