import type { Done, Heard, Refused } from "../generated/wire";
import { type RobotView, personIn } from "./board";
import type { Key } from "./words";

/** Placing the robot, one thing after the other; *before* the person is inside. */
export const STEPS = ["power", "stand", "turn", "sound", "volume"] as const;
export type Step = (typeof STEPS)[number];

export function stepAfter(step: Step, by: 1 | -1): Step {
  const at = STEPS.indexOf(step) + by;
  return STEPS[Math.min(STEPS.length - 1, Math.max(0, at))] ?? step;
}

/** The robot is the leader's to set up: nobody is in. A robot that is off may be one, as it is switched on first. */
export function canBePlaced(view: RobotView): boolean {
  return personIn(view) === null;
}

/** What the first step says of a robot: first what takes everything away. */
export function powerWords({ present, state }: RobotView): Key {
  if (!present || !state) return "guide.power.waits";
  if (state.private) return "guide.power.private";
  return state.faults.length > 0 ? "guide.power.faults" : "guide.power.on";
}

/** What came of the robot's tone: how the room hears it, or why that is not known. */
export type ToneHeard = Heard["hearing"] | "asking" | "closed" | "busy" | "no_answer";

export function toneHeard(reply: Done | Refused | null): ToneHeard {
  if (reply === null) return "no_answer";
  if (reply.type === "done") return reply.applied.type === "heard_applied" ? reply.applied.heard.hearing : "no_answer";
  return reply.reason === "busy" ? "busy" : "closed";
}

/** The room's sound as the leader gets it. Pure: times are milliseconds of one clock. */
export class LevelSeen {
  private loud = 0;
  private since: number | null = null;

  /** One look at the level, 0 to 1; what can be said by now. */
  look(level: number, now: number): "moves" | "waits" | "silent" {
    this.since ??= now;
    if (level >= LOUD) this.loud += 1;
    if (this.loud >= LOOKS) return "moves";
    return now - this.since >= PATIENCE_MS ? "silent" : "waits";
  }
}

const LOUD = 0.2; // of what is between a quiet room and a loud voice: somebody speaks, or knocks on the table
const LOOKS = 4; // a click of the line is shorter
const PATIENCE_MS = 8_000; // until somebody in the room has understood that they are to say something
