import type { Fault } from "../generated/wire";
import type { Key } from "./words";

/** The gravest first: what takes the conversation away, what soon takes everything, what can be done without. A fault that
 *  is not here does not compile. */
const PLACE: Readonly<Record<Fault, number>> = {
  microphone: 1,
  camera: 2,
  battery_low: 3,
  head_power: 4,
  head_hot: 5,
  head_blocked: 6,
  head: 7,
  relay: 8,
  speech: 9,
  head_board: 10,
};
const REASONS: readonly Fault[] = ["head_power", "head_hot", "head_blocked"];

/** What whoever stands beside the robot can do, for each fault; that the head does not turn follows from its reason. */
export function faultKeys(faults: readonly Fault[]): Key[] {
  const explained = REASONS.some((reason) => faults.includes(reason));
  return faults
    .filter((fault) => !(fault === "head" && explained))
    .sort((one, other) => PLACE[one] - PLACE[other])
    .map((fault) => `fault.${fault}` as const);
}
