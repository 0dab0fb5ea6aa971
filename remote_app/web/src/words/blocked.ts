import type { RobotState } from "../generated/wire";
import type { Key } from "../i18n";
import type { Relay } from "../session/ice";

/** Why picture and sound do not come through although everything else does, as far as it is known. */
export function blockedWords(relay: Relay, robot: RobotState | null): Key {
  if (relay === "refused") return "blocked.service.text";
  const robotToo = robot?.faults.includes("relay") ?? false;
  if (relay === "unreachable") return robotToo ? "blocked.service.text" : "blocked.tablet.text"; // two networks, one server
  return robotToo ? "blocked.robot.text" : "blocked.text";
}
