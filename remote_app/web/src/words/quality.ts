import type { PictureStep, QualityState } from "../generated/wire";
import type { RescueShown } from "../session/rescue";

export type QualityWord = "good" | "slow" | "bad" | "reduced" | "stills" | "sound_only" | "rescue" | "rescue_silent";

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

/**
 * What came in place of the picture, or was given up for the sound, else the robot's verdict on all that both ends
 * measure; null while it measures.
 */
export function qualityWord(quality: QualityState | null, rescue: RescueShown | null = null): QualityWord | null {
  if (rescue) return rescue.sound ? "rescue" : "rescue_silent";
  if (!quality?.step) return null;
  const given = GIVEN_UP[quality.step];
  if (given) return given;
  return quality.verdict;
}
