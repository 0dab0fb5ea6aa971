import type { Found, Preflight } from "../generated/wire";

/** How grave each is: `skipped` was not tried, as somebody was there. What is not here does not compile. */
const GRAVITY: Readonly<Record<Found, "ok" | "note" | "wrong" | "skipped">> = {
  power_ok: "ok",
  power_battery: "note",
  power_low: "wrong",
  power_wrong: "wrong",
  power_unknown: "note",
  network_ok: "ok",
  network_tls_ok: "ok",
  network_no_tls: "note",
  network_blocked: "wrong",
  sound_ok: "ok",
  sound_faint: "note",
  sound_not_heard: "wrong",
  sound_unknown: "note",
  sound_closed: "wrong",
  sound_skipped: "skipped",
  camera_ok: "ok",
  camera_none: "wrong",
  camera_skipped: "skipped",
  head_ok: "ok",
  head_stuck: "wrong",
  head_blocked: "wrong",
  head_hot: "wrong",
  head_skipped: "skipped",
  lights_ok: "ok",
  lights_none: "wrong",
};

export type Gravity = (typeof GRAVITY)[Found];

export interface Line {
  readonly found: Found;
  readonly gravity: Gravity;
}

const ORDER: readonly Gravity[] = ["wrong", "note", "skipped", "ok"];

/** What was found, the gravest first; of the same gravity in the robot's order. */
export function lines({ found }: Preflight): readonly Line[] {
  const all = found.map((one) => ({ found: one, gravity: GRAVITY[one] }));
  return all.sort((one, other) => ORDER.indexOf(one.gravity) - ORDER.indexOf(other.gravity));
}

/** All of it in a word: the gravest there is. */
export function summary(preflight: Preflight): Gravity {
  return lines(preflight)[0]?.gravity ?? "skipped";
}
