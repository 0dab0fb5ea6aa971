import type { RobotState } from "../generated/wire";
import { t } from "../i18n";
import { namesOf } from "./names";
import { clockTime } from "./clock";

interface Holder {
  readonly who: string;
  readonly since: string;
}

/**
 * Who has the robot, and since when by this tablet's clock. `ours` is our own session, which its last state may still
 * name when we have lost it; `told` is the name that the robot gave with its no.
 */
export function holderWords(robot: RobotState | null, ours: string, told: string, nowMs: number): Holder {
  const session = robot?.session;
  if (!session || session.id === ours) return { who: told || t("busy.unknown"), since: t("busy.now") };
  return { who: namesOf(session), since: t("busy.since", { time: clockTime(new Date(nowMs - session.since_s * 1000)) }) };
}

/** Whether nobody has it any more. A robot that was not heard yet says nothing of it. */
export function isFree(robot: RobotState | null): boolean {
  return robot !== null && robot.session === null;
}
