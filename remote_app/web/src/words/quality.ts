import type { QualityState } from "../generated/wire";

export type QualityWord = "good" | "slow" | "reduced";

const FULL_LINES = 540; // fewer, and writing on a board begins to blur
const LEAST_FPS = 20; // EN 301 549, 6.5.3: sign language and lips need it
const SLOW_RTT_MS = 400; // above this people begin to talk at the same time
const HEARD_LOSS = 0.1; // above this words fall out

/** One word for a connection as a person feels it; null when nothing has been measured. */
export function qualityWord(quality: QualityState | null): QualityWord | null {
  if (!quality || quality.height === 0) return null;
  if (quality.height < FULL_LINES || quality.fps < LEAST_FPS) return "reduced";
  return (quality.rtt_ms ?? 0) > SLOW_RTT_MS || (quality.loss ?? 0) > HEARD_LOSS ? "slow" : "good";
}
