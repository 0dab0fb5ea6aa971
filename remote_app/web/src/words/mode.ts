import type { RobotState } from "../generated/wire";
import type { Key } from "../i18n";

/** How the room takes part in the meeting, where that is not as always, or that other rooms hear the person; null while there is nothing to say. */
export function modeWords(robot: RobotState | null): Key | null {
  if (robot?.voice_elsewhere) return "mode.heard_elsewhere";
  const mode = robot?.mode;
  return mode === "group" || mode === "one_to_one" ? `mode.${mode}` : null;
}
