import type { RobotState } from "../generated/wire";
import { t } from "../i18n";
import { namesOf } from "./names";
import { clockTime } from "./clock";

/** Who has the robot, and since when by this tablet's clock; `told` is the name that the robot gave with its no. */
export function holderWords(robot: RobotState | null, told: string, nowMs: number): { readonly who: string; readonly since: string } {
  const session = robot?.session;
  if (!session) return { who: told || t("busy.unknown"), since: t("busy.now") };
  return { who: namesOf(session), since: t("busy.since", { time: clockTime(new Date(nowMs - session.since_s * 1000)) }) };
}

/** Whether nobody has it any more. A robot that was not heard yet says nothing of it. */
export function isFree(robot: RobotState | null): boolean {
  return robot !== null && robot.session === null;
}
