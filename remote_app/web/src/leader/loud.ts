import type { Heard } from "../generated/wire";

export const LEAST_PERCENT = 40; // softer is not heard across a table, whatever a microphone beside the speaker says
export const MOST_ROUNDS = 4;
const TARGET_DB = 20; // 15 is heard by good ears at two or three metres (robot_agent/media/heard.py); some here are old
const TOO_MUCH_DB = 32; // twice as loud as it need be, and a little: nobody sits beside a loudspeaker gladly
const STEP = 5; // percent; a smaller difference is not heard
const DB_PER_DECADE = 20 * 1.661; // of percent, see robot_agent/media/loudness.py

export type Fit =
  | { readonly kind: "set"; readonly percent: number }
  | { readonly kind: "fits" }
  /** Why no volume helps. */
  | { readonly kind: "stop"; readonly why: "unknown" | "faint" | "not_heard" };

function stepped(percent: number): number {
  return Math.min(100, Math.max(LEAST_PERCENT, Math.round(percent / STEP) * STEP));
}

/** What the volume should be, by how the room heard the tone at this one. Pure. */
export function fitted(percent: number, { hearing, snr_db: snr }: Heard): Fit {
  if (hearing === "unknown") return { kind: "stop", why: "unknown" };
  if (hearing === "not_heard") return percent < 100 ? { kind: "set", percent: 100 } : { kind: "stop", why: "not_heard" };
  const over = snr === null || snr === undefined ? TARGET_DB : snr;
  if (over >= TARGET_DB && over <= TOO_MUCH_DB) return { kind: "fits" };
  const wanted = stepped(percent * 10 ** ((TARGET_DB - over) / DB_PER_DECADE));
  const next = over < TARGET_DB ? Math.max(wanted, stepped(percent + STEP)) : wanted;
  if (next !== percent && (next > percent) === over < TARGET_DB) return { kind: "set", percent: next };
  return hearing === "faint" ? { kind: "stop", why: "faint" } : { kind: "fits" };
}
