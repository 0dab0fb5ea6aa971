import type { RobotState } from "../generated/wire";

type Loudness = RobotState["volume"];

export const STEP_PERCENT = 20; // of the loudest, as it sounds: one can hear each step
export const LEAST_PERCENT = 20; // softer is a whisper, which is the person's own to choose

/** The volume after one step up or down. A whisper gets no softer, and louder it is the softest voice. */
export function stepped({ percent, whisper }: Loudness, by: 1 | -1): Loudness {
  if (whisper) return by < 0 ? { percent, whisper } : { percent: LEAST_PERCENT, whisper: false };
  const next = Math.round(percent) + by * STEP_PERCENT;
  return { percent: Math.min(100, Math.max(LEAST_PERCENT, next)), whisper: false };
}
