import type { RobotState } from "../generated/wire";
import type { Key } from "../i18n";
import type { Relay } from "../session/ice";

/** Why picture and sound do not come through although everything else does, as far as it is known. */
export function blockedWords(relay: Relay, robot: RobotState | null): Key {
  if (relay === "refused") return "blocked.service.text";
  if (relay === "unreachable") return "blocked.tablet.text";
  return robot?.faults.includes("relay") ? "blocked.robot.text" : "blocked.text";
}
