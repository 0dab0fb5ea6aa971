import type { RobotState } from "../generated/wire";
import type { Key } from "../i18n";

/** How the room takes part in the meeting, where that is not as always; null while there is nothing to say. */
export function modeWords(robot: RobotState | null): Key | null {
  const mode = robot?.mode;
  return mode === "group" || mode === "one_to_one" ? `mode.${mode}` : null;
}
