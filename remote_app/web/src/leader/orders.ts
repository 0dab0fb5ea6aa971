import type { Done, LeaderAct, Refused, Sorry } from "../generated/wire";
import { LOOK_OVER_MS, NOTICE_SHOWN_MS, REPLY_TIMEOUT_MS, ROOM_TIMEOUT_MS } from "./timing";
import type { Key } from "./words";

export type Action = LeaderAct["action"];
/** Given the robot's word, or null where none comes. */
export type Reply = (reply: Done | Refused | null) => void;

/** What is said of the last thing that was asked of a robot: that it did not come to pass, or what the room answered. */
export interface Notice {
  readonly robot: string;
  readonly key: Key;
  readonly until: number;
}

interface Asked {
  readonly robot: string;
  /** No answer comes after this. */
  readonly until: number;
  /** Whoever asked says itself what came of it. */
  readonly reply: Reply | undefined;
}

const TAKES_MS: Partial<Readonly<Record<Action["type"], number>>> = {
  ask_heard: ROOM_TIMEOUT_MS,
  run_preflight: LOOK_OVER_MS,
};

const WHY: Partial<Readonly<Record<Refused["reason"], Key>>> = {
  no_session: "refused.nobody",
  other_session: "refused.nobody",
  hand_down: "refused.hand_down",
  other_epoch: "refused.again",
  busy: "refused.again",
  full: "refused.full",
  private: "refused.private",
  not_steering: "refused.held",
};

/**
 * Asks robots for something and knows what is not answered yet. What was done is seen in the robot's state; what was not
 * done gets a sentence, and what the room answered. Times are milliseconds of one clock.
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

  ask(robot: string, session: string | null, action: Action, now: number, reply?: Reply): void {
    const id = `o${++this.number}`;
    this.notes = this.notes.filter((note) => note.robot !== robot);
    const room = action.type === "ask_heard";
    const asked = { robot, until: now + (TAKES_MS[action.type] ?? REPLY_TIMEOUT_MS), reply };
    if (!this.send({ type: "leader_act", id, robot, session, action })) return this.fails(asked, "refused.unsent", now);
    this.asked.set(id, asked);
    if (room && !reply) this.note(robot, "heard.asking", now);
  }

  answered(reply: Done | Refused, now: number): void {
    const asked = this.asked.get(reply.id);
    this.asked.delete(reply.id);
    if (!asked) return;
    if (asked.reply) asked.reply(reply);
    else if (reply.type === "refused") this.note(asked.robot, WHY[reply.reason] ?? "refused.other", now);
    else if (reply.applied.type === "places_applied") this.note(asked.robot, "places.kept", now);
    else if (reply.applied.type === "heard_applied") this.note(asked.robot, `heard.${reply.applied.heard.hearing}`, now);
  }

  /** The service did not pass it on; it names the robot where it can. */
  sorry(message: Sorry, now: number): void {
    const off = message.reason === "robot_off";
    const mine = [...this.asked].filter(([, one]) => !off || one.robot === message.detail);
    for (const [id, one] of mine) {
      this.asked.delete(id);
      this.fails(one, off ? "refused.robot_off" : "refused.service", now);
    }
  }

  /** The line is gone: no answer comes. */
  lineLost(now: number): void {
    const asked = [...this.asked.values()];
    this.asked.clear();
    for (const one of asked) this.fails(one, "refused.unsent", now);
  }

  tick(now: number): void {
    for (const [id, one] of this.asked) {
      if (now < one.until) continue;
      this.asked.delete(id);
      this.fails(one, "refused.no_answer", now);
    }
    if (this.notes.some((note) => now >= note.until)) this.notes = this.notes.filter((note) => now < note.until);
  }

  private fails(asked: Asked, key: Key, now: number): void {
    if (asked.reply) asked.reply(null);
    else this.note(asked.robot, key, now);
  }

  private note(robot: string, key: Key, now: number): void {
    const others = this.notes.filter((note) => note.robot !== robot);
    this.notes = [...others, { robot, key, until: now + NOTICE_SHOWN_MS }];
  }
}
