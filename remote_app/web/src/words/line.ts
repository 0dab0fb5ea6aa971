/** What was measured of the line to the service; null where nothing came back. */
export interface LineMeasure {
  /** There and back, of each small question, in ms. */
  readonly tripsMs: readonly number[];
  /** Bits per second, from the service and to it. */
  readonly downBps: number | null;
  readonly upBps: number | null;
}

export type LineWord = "good" | "fair" | "bad" | "none";

interface Need {
  readonly downBps: number;
  readonly upBps: number;
  readonly tripMs: number;
  readonly wavesMs: number;
}

// A picture of 540 lines and sound; the voice and what is told of the picture the other way.
const GOOD: Need = { downBps: 1_500_000, upBps: 200_000, tripMs: 200, wavesMs: 150 };
// The smallest picture that moves; from 400 ms on the head turns in steps.
const FAIR: Need = { downBps: 300_000, upBps: 60_000, tripMs: 400, wavesMs: 400 };

/** The middle of them; NaN of none. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const [low = NaN, high = NaN] = [sorted[sorted.length % 2 ? middle : middle - 1], sorted[middle]];
  return (low + high) / 2;
}

function meets(need: Need, { tripsMs, downBps, upBps }: LineMeasure): boolean {
  const trip = median(tripsMs);
  const waves = Math.max(...tripsMs) - trip; // the slowest of a handful: a line that stops and starts
  const wide = (downBps ?? 0) >= need.downBps && (upBps ?? 0) >= need.upBps;
  return wide && trip <= need.tripMs && waves <= need.wavesMs;
}

/** What the measure means for a meeting. */
export function lineWord(measure: LineMeasure): LineWord {
  if (measure.tripsMs.length === 0) return "none";
  if (meets(GOOD, measure)) return "good";
  return meets(FAIR, measure) ? "fair" : "bad";
}

/** Bits per second of so many bytes; the trip of the question itself is not the line's width. */
export function rateBps(bytes: number, tookMs: number, tripMs: number): number {
  return (bytes * 8 * 1000) / Math.max(1, tookMs - tripMs);
}
