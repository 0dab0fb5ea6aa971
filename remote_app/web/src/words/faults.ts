import type { Fault } from "../generated/wire";
import type { FirstKey as Key } from "../i18n";

/** A relay that does not work touches nobody whose picture comes through; where it does not, the page says so itself. */
export type Told = Exclude<Fault, "relay">;

/** The gravest first: what takes the conversation away, what soon takes everything, what can be done without. */
export const BY_WEIGHT: readonly Told[] = [
  "microphone",
  "camera",
  "battery_low",
  "head_power",
  "head_hot",
  "head_blocked",
  "head",
  "speech",
  "head_board",
];

export type Part = Exclude<Told, "head_power" | "head_hot" | "head_blocked">;

/** The part that works again when the fault is over. */
function partOf(fault: Told): Part {
  return fault === "head_power" || fault === "head_hot" || fault === "head_blocked" ? "head" : fault;
}

export interface FaultsShown {
  readonly told: readonly Told[];
  readonly well: readonly Part[];
}

const GONE_AFTER_MS = 3000; // a loose plug is one fault, not many
const WELL_SHOWN_MS = 8000; // time to notice a line, and to read it

/**
 * What is said of the robot's faults: a new one at once, one that is over when it has been away for a while, and then
 * once that its part works again. Pure: times are milliseconds of one clock.
 */
export class FaultNews {
  private readonly seen = new Map<Told, number>();
  private readonly well = new Map<Part, number>();

  look(faults: readonly Fault[], now: number): FaultsShown {
    for (const fault of BY_WEIGHT) if (faults.includes(fault)) this.seen.set(fault, now);
    for (const [fault, at] of this.seen) {
      if (now - at < GONE_AFTER_MS) continue;
      this.seen.delete(fault);
      this.well.set(partOf(fault), now);
    }
    for (const fault of this.seen.keys()) this.well.delete(partOf(fault)); // not all of it
    for (const [part, at] of this.well) if (now - at >= WELL_SHOWN_MS) this.well.delete(part);
    return { told: BY_WEIGHT.filter((fault) => this.seen.has(fault) && !this.explained(fault)), well: [...this.well.keys()] };
  }

  /** That the head does not turn follows from what is told of it already. */
  private explained(fault: Told): boolean {
    return fault === "head" && [...this.seen.keys()].some((other) => other !== "head" && partOf(other) === "head");
  }
}

export interface FaultText {
  readonly what: Key;
  /** What still works, and the next step. */
  readonly then: Key;
}

export function faultText(fault: Told): FaultText {
  return { what: `fault.${fault}.what`, then: `fault.${fault}.then` };
}

export function wellText(part: Part): Key {
  return `fault.${part}.well`;
}
