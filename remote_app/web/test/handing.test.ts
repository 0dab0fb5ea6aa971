import { describe, expect, it } from "vitest";
import { HandIntent } from "../src/session/hand";
import { OWN_WORD_MS, REPLY_TIMEOUT_MS } from "../src/session/timing";

/** Numbers that look random and are the same each time. */
function dice(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state * 1_103_515_245 + 12_345) % 2 ** 31;
    return Math.floor((state / 2 ** 31) * below);
  };
}

type Word = { readonly applied: boolean } | { readonly beat: boolean };

interface Tablet {
  readonly hand: HandIntent;
  readonly words: Word[];
  readonly asked: boolean[];
}

/** Two tablets of one seat and the robot, with everything between them on its way for as long as it likes, in order. */
class Seat {
  raised = false;
  readonly obeyed: boolean[] = [];
  readonly tablets: readonly [Tablet, Tablet] = [this.tablet(), this.tablet()];
  steers: 0 | 1 = 0;

  private tablet(): Tablet {
    return { hand: new HandIntent(), words: [], asked: [] };
  }

  /** As `session.ts` and `besideLine.ts` do: who loses the steering has no wish, who gets it asserts the own one. */
  handOver(): void {
    this.tablets[this.steers].hand.reset();
    this.steers = this.steers ? 0 : 1;
    this.tablets[this.steers].hand.reassert();
  }

  /** The robot hears a tablet, and obeys the one that steers alone. */
  hears(from: 0 | 1): void {
    const wish = this.tablets[from].asked.shift();
    if (wish === undefined || from !== this.steers) return;
    this.obeyed.push(wish);
    this.raised = wish;
    this.tablets[from].words.push({ applied: wish });
    this.beat();
  }

  beat(): void {
    for (const tablet of this.tablets) tablet.words.push({ beat: this.raised });
  }

  /** A tablet reads its next word; who looks on has no part in the hand. */
  reads(at: 0 | 1, now: number): void {
    const { hand, words } = this.tablets[at];
    const word = words.shift();
    if (!word || at !== this.steers) return;
    if ("beat" in word) hand.heartbeat(word.beat, now);
    else hand.applied(word.applied, now);
  }

  asks(now: number): void {
    const { hand, asked } = this.tablets[this.steers];
    const wish = hand.next(now);
    if (wish !== null) asked.push(wish);
  }

  /** Everything arrives. */
  settle(now: number): void {
    for (let at = now; at < now + 3 * REPLY_TIMEOUT_MS; at += OWN_WORD_MS) {
      this.asks(at);
      for (const which of [0, 1] as const) while (this.tablets[which].asked.length) this.hears(which);
      this.beat();
      for (const which of [0, 1] as const) while (this.tablets[which].words.length) this.reads(which, at);
    }
  }
}

describe("a raised hand whose steering goes to and fro", () => {
  it("is up all the while, in whatever order words and steering cross", () => {
    for (let seed = 1; seed <= 400; seed += 1) {
      const roll = dice(seed);
      const seat = new Seat();
      seat.tablets[0].hand.toggle();
      seat.settle(0);
      let now = 60_000;
      for (let step = 0; step < 60; step += 1) {
        now += roll(400);
        const which = roll(2) ? 1 : 0;
        const what = roll(12);
        if (what === 0) seat.handOver();
        else if (what < 4) seat.beat();
        else if (what < 7) seat.reads(which, now);
        else if (what < 10) seat.asks(now);
        else seat.hears(which);
      }
      seat.settle(now);
      expect({ seed, lowered: seat.obeyed.includes(false), up: seat.raised }).toEqual({ seed, lowered: false, up: true });
      expect(seat.tablets[seat.steers].hand.shown).toBe("up");
    }
  });

  it("is down for both once whoever steers took it down", () => {
    for (let seed = 1; seed <= 100; seed += 1) {
      const roll = dice(seed);
      const seat = new Seat();
      seat.tablets[0].hand.toggle();
      seat.settle(0);
      seat.handOver();
      seat.settle(10_000);
      seat.tablets[1].hand.toggle();
      seat.settle(20_000);
      for (let step = 0; step < 20; step += 1) {
        if (roll(4) === 0) seat.handOver();
        else seat.reads(roll(2) ? 1 : 0, 30_000 + step * 100);
      }
      seat.settle(40_000);
      expect({ seed, up: seat.raised, obeyed: seat.obeyed }).toEqual({ seed, up: false, obeyed: [true, false] });
    }
  });
});
