import {
  DRAG_RESTS_MS,
  GOAL_GIVE_UP_MS,
  SET_POINT_AGAIN_MS,
  SET_POINT_EVERY_MS,
  SET_POINT_LEAST_MS,
} from "../session/timing";
import { type Angles, apart } from "./geometry";

export const REACHED_DEG = 0.5; // what the servos hold
const COPIES = 2;

/** A measured pose: where the head is, and what it says of the newest set-point that it knows. */
export interface Measured extends Angles {
  readonly seq: number;
  readonly atLimit: boolean;
}

export interface GoalPoint extends Angles {
  readonly seq: number;
}

/**
 * Where the head should look, sent again and again until it looks there. A goal ends when the measured pose is
 * there, when the head says that a limit holds it, or when nothing has come of it for `GOAL_GIVE_UP_MS`.
 * `firstSeq` must be higher than any sequence an earlier page of this seat has used.
 */
export class GoalStream {
  private goal: Angles | null = null;
  private since = -Infinity;
  private againFrom = 0;
  private sentAt = -Infinity;
  private firstSentAt = -Infinity;
  private firstSeqOfGoal = 0;
  private nextSeq: number;

  constructor(firstSeq: number) {
    this.nextSeq = firstSeq;
  }

  get current(): Angles | null {
    return this.goal;
  }

  /** The sequence that the next set-point will have. */
  get upcoming(): number {
    return this.nextSeq;
  }

  aim(goal: Angles, now: number): void {
    this.goal = goal;
    const dragged = now - this.since < SET_POINT_EVERY_MS;
    this.againFrom = now + (dragged ? DRAG_RESTS_MS : SET_POINT_AGAIN_MS);
    this.since = now;
    this.firstSeqOfGoal = this.nextSeq;
  }

  drop(): void {
    this.goal = null;
  }

  /** Ends the goal when the pose, or the time, says that it is over. */
  settle(pose: Measured | null, now: number): void {
    if (!this.goal) return;
    const sent = this.nextSeq > this.firstSeqOfGoal;
    const there = pose !== null && sent && apart(pose, this.goal) <= REACHED_DEG;
    const held = pose !== null && sent && pose.atLimit && pose.seq >= this.firstSeqOfGoal;
    if (there || held || now - this.since >= GOAL_GIVE_UP_MS) this.goal = null;
  }

  /** When the next set-point is due, at least `apartMs` after the last one: a new goal at once, and soon again. */
  dueAt(apartMs: number): number {
    if (!this.goal) return Infinity;
    return Math.max(this.sentAt + apartMs, this.dueByItself(this.nextSeq - this.firstSeqOfGoal));
  }

  private dueByItself(timesSent: number): number {
    if (!timesSent) return this.firstSentAt + SET_POINT_LEAST_MS;
    if (timesSent > COPIES) return this.sentAt + SET_POINT_EVERY_MS;
    return Math.max(this.sentAt + SET_POINT_AGAIN_MS, this.againFrom);
  }

  /** The set-point to send now, or null when none is due. */
  next(now: number, apartMs = 0): GoalPoint | null {
    if (now < this.dueAt(apartMs) || !this.goal) return null;
    if (this.nextSeq === this.firstSeqOfGoal) this.firstSentAt = now;
    this.sentAt = now;
    return { ...this.goal, seq: this.nextSeq++ };
  }
}
