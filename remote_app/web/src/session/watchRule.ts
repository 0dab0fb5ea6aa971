import type { RobotState, WatchOver } from "../generated/wire";

/** Why one does not see the room: the robot's word, or `off`, `offline` (no service), `trying`; null: one does. */
export type Hindrance = WatchOver | "off" | "offline" | "trying";

/** What a relative can know before asking; null: it is worth asking. */
export function relativesHindrance(state: RobotState | null, present: boolean): Hindrance | null {
  if (!present || !state) return "off";
  if (state.private) return "private";
  if (state.mode === "one_to_one") return "by_itself";
  if (!state.session) return "nobody_in";
  return state.choices.relatives_watch ? null : "not_allowed";
}

/** The same for another tablet of the seat that is in, which needs nobody's word. */
export function besideHindrance(state: RobotState | null, present: boolean, online: boolean): Hindrance | null {
  if (!online) return "offline";
  if (!present || !state) return "off";
  if (state.private) return "private";
  return state.session ? null : "nobody_in";
}

const FOR_LATER: ReadonlySet<Hindrance> = new Set(["full", "lost", "media_failed", "bad_offer", "other_epoch", "stopping"] as const);
export const AGAIN_MS = 3_000; // a robot that starts, a line that changes
export const SOON_MS = 1_000; // the robot's state that says why is on its way
export const FULL_AGAIN_MS = 15_000; // until somebody else has seen enough

/** How long to wait after such an end before asking again, if the robot's state says that one may. */
export function pauseAfter(reason: Hindrance): number {
  if (reason === "full") return FULL_AGAIN_MS;
  return FOR_LATER.has(reason) ? AGAIN_MS : SOON_MS;
}
