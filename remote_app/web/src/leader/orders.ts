import type { Done, LeaderAct, Refused, Sorry } from "../generated/wire";
import { NOTICE_SHOWN_MS, REPLY_TIMEOUT_MS } from "./timing";
import type { Key } from "./words";

type Action = LeaderAct["action"];

/** What is said of the last thing that was asked of a robot and did not come to pass. */
export interface Notice {
  readonly robot: string;
  readonly key: Key;
  readonly until: number;
}

interface Asked {
  readonly robot: string;
  readonly sentAt: number;
}

const WHY: Partial<Readonly<Record<Refused["reason"], Key>>> = {
  no_session: "refused.nobody",
  other_session: "refused.nobody",
  hand_down: "refused.hand_down",
  other_epoch: "refused.again",
  busy: "refused.again",
};

/**
 * Asks robots for something and knows what is not answered yet. What was done is seen in the robot's state; only what
 * was not done gets a sentence. Times are milliseconds of one clock.
 */
export class Orders {
  private readonly asked = new Map<string, Asked>();
  private notes: readonly Notice[] = [];
  private number = 0;

  constructor(private readonly send: (message: LeaderAct) => boolean) {}

  get notices(): readonly Notice[] {
    return this.notes;
  }

  /** True while something is asked of this robot. */
  waitsFor(robot: string): boolean {
    return [...this.asked.values()].some((one) => one.robot === robot);
  }

  ask(robot: string, session: string | null, action: Action, now: number): void {
    const id = `o${++this.number}`;
    this.notes = this.notes.filter((note) => note.robot !== robot);
    if (this.send({ type: "leader_act", id, robot, session, action })) this.asked.set(id, { robot, sentAt: now });
    else this.note(robot, "refused.unsent", now);
  }

  answered(reply: Done | Refused, now: number): void {
    const asked = this.asked.get(reply.id);
    this.asked.delete(reply.id);
    if (asked && reply.type === "refused") this.note(asked.robot, WHY[reply.reason] ?? "refused.other", now);
  }

  /** The service did not pass it on; it names the robot where it can. */
  sorry(message: Sorry, now: number): void {
    const off = message.reason === "robot_off";
    const mine = [...this.asked].filter(([, one]) => !off || one.robot === message.detail);
    for (const [id, one] of mine) {
      this.asked.delete(id);
      this.note(one.robot, off ? "refused.robot_off" : "refused.service", now);
    }
  }

  /** The line is gone: no answer comes. */
  lineLost(now: number): void {
    for (const one of this.asked.values()) this.note(one.robot, "refused.unsent", now);
    this.asked.clear();
  }

  tick(now: number): void {
    for (const [id, one] of this.asked) {
      if (now - one.sentAt < REPLY_TIMEOUT_MS) continue;
      this.asked.delete(id);
      this.note(one.robot, "refused.no_answer", now);
    }
    if (this.notes.some((note) => now >= note.until)) this.notes = this.notes.filter((note) => now < note.until);
  }

  private note(robot: string, key: Key, now: number): void {
    const others = this.notes.filter((note) => note.robot !== robot);
    this.notes = [...others, { robot, key, until: now + NOTICE_SHOWN_MS }];
  }
}
