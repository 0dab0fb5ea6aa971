import type { PictureStep, QualityState } from "../generated/wire";

export type QualityWord = "good" | "slow" | "reduced" | "stills" | "sound_only";

const SLOW_RTT_MS = 400; // above this people begin to talk at the same time
const HEARD_LOSS = 0.1; // above this words fall out

/** What the robot gave up to keep the sound; from 540 lines up nobody misses anything. */
const GIVEN_UP: Readonly<Record<PictureStep, QualityWord | null>> = {
  p720: null,
  p540: null,
  p360: "reduced",
  p180: "reduced",
  p180_20: "reduced",
  stills: "stills",
  sound_only: "sound_only",
};

/** One word for a connection as a person feels it; null while the robot still measures the line. */
export function qualityWord(quality: QualityState | null): QualityWord | null {
  if (!quality?.step) return null;
  const given = GIVEN_UP[quality.step];
  if (given) return given;
  return (quality.rtt_ms ?? 0) > SLOW_RTT_MS || (quality.loss ?? 0) > HEARD_LOSS ? "slow" : "good";
}
