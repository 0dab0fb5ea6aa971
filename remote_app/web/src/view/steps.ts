import { GOAL_GIVE_UP_MS } from "../session/timing";
import { type Angles, apart } from "./geometry";
import { type Measured, REACHED_DEG } from "./goal";

export const STEPS_OVER_MS = 400; // of a round trip: from there on a hand that follows the picture turns too far, and back
export const FREELY_UNDER_MS = 350; // a line that wavers about the limit does not change the way to turn all the time
export const STEADY_MS = 2000; // three measurements: one that was late is no slow line
export const STEP_FACTOR = 2; // an arrow's 10° are too little to be worth the wait

export type StepsShown = "off" | "ready" | "turning";

/**
 * Over a slow line the head turns in steps: one wish, then nothing until the measured pose says that the head is there.
 * Then the person always sees where the next step begins. Times are milliseconds of one clock.
 */
export class StepMode {
  private slow = false;
  private otherSince = Infinity;
  private goal: Angles | null = null;
  private since = -Infinity;
  private firstSeq = 0;

  get on(): boolean {
    return this.slow;
  }

  /** A wish was taken, and the head is not there yet. */
  get turning(): boolean {
    return this.goal !== null;
  }

  get shown(): StepsShown {
    if (!this.slow) return "off";
    return this.turning ? "turning" : "ready";
  }

  /** The round trip as last measured; null, not measured, changes nothing. */
  heard(rttMs: number | null, now: number): void {
    if (rttMs === null) return;
    const other = this.slow ? rttMs < FREELY_UNDER_MS : rttMs > STEPS_OVER_MS;
    this.otherSince = other ? Math.min(this.otherSince, now) : Infinity;
    if (now - this.otherSince < STEADY_MS) return;
    this.otherSince = Infinity;
    this.slow = !this.slow;
    if (!this.slow) this.goal = null;
  }

  /** How far an arrow turns now, of `by` on a quick line. */
  stepOf(by: Angles): Angles {
    return this.slow ? { pan: by.pan * STEP_FACTOR, tilt: by.tilt * STEP_FACTOR } : by;
  }

  /** Whether the head may be sent to `goal` now; `nextSeq` is the number of the set-point that would say so. */
  take(goal: Angles, nextSeq: number, now: number): boolean {
    if (!this.slow) return true;
    if (this.goal) return false;
    this.goal = goal;
    this.since = now;
    this.firstSeq = nextSeq;
    return true;
  }

  /** A pose came, or time passed: the step is over when the head is there, is held by a limit, or does not come. */
  settle(pose: Measured | null, now: number): void {
    if (!this.goal) return;
    const knows = pose !== null && pose.seq >= this.firstSeq;
    const there = knows && (pose.atLimit || apart(pose, this.goal) <= REACHED_DEG);
    if (there || now - this.since >= GOAL_GIVE_UP_MS) this.goal = null;
  }

  /** The line is gone: what was wanted then is stale. */
  forget(): void {
    this.goal = null;
  }
}
