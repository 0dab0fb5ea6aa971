import type { Fault } from "../generated/wire";
import type { Key } from "./words";

/** The gravest first: what takes the conversation away, what soon takes everything, what can be done without. */
const BY_WEIGHT: readonly Fault[] = [
  "microphone",
  "camera",
  "battery_low",
  "head_power",
  "head_hot",
  "head_blocked",
  "head",
  "relay",
  "speech",
  "head_board",
];
const REASONS: readonly Fault[] = ["head_power", "head_hot", "head_blocked"];

/** What whoever stands beside the robot can do, for each fault; that the head does not turn follows from its reason. */
export function faultKeys(faults: readonly Fault[]): Key[] {
  const explained = REASONS.some((reason) => faults.includes(reason));
  return BY_WEIGHT.filter((fault) => faults.includes(fault) && !(fault === "head" && explained)).map(
    (fault) => `fault.${fault}` as const,
  );
}
