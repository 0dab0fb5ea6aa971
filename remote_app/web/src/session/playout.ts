const FORGET_MS = 5000; // the quickest frame of the last five to ten seconds: two clocks drift apart by less than 1 ms in it
const START_MS = 200; // how long sound is held back at first: a weak line's usual unevenness
const LEAST_MS = 60; // one packet
const MOST_MS = 1000; // a conversation does not bear more
const SPARE_MS = 40; // on top of the latest packet that was seen
const SHRINK_AFTER_MS = 10_000; // without a late packet; a line that wavers does so every few seconds
const SHRINK_EVERY_MS = 500; // then, down to what those seconds needed: a packet left out each time is hardly heard
const SLACK_MS = 60; // by one packet the sound may lie beside its time before it is put right

/** The time between two readings of a clock of 32 bits, in ms; negative when `later` is the earlier one. */
function between(earlier: number, later: number): number {
  return (later - earlier) | 0;
}

/** What another machine's clock means on ours: by the frame that was quickest on its way. Pure. */
export class SenderClock {
  private base: number | null = null;
  private before = Infinity;
  private current = Infinity;
  private since = 0;

  /** A frame of that time came now. */
  hear(sentMs: number, now: number): void {
    this.base ??= sentMs;
    if (now - this.since >= FORGET_MS) {
      this.before = this.current;
      this.current = Infinity;
      this.since = now;
    }
    this.current = Math.min(this.current, now - between(this.base, sentMs));
  }

  /** When a frame of that time would have come, had it been as quick as the quickest. After the first `hear` only. */
  at(sentMs: number): number {
    return between(this.base ?? sentMs, sentMs) + Math.min(this.before, this.current);
  }
}

/**
 * When each packet of sound is to be heard: held back for as long as the line is uneven, never piled up. A packet that
 * comes after its time is left out, and those after it wait longer. Pure: times are ms of the clock that plays.
 */
export class Playout {
  private readonly clock = new SenderClock();
  private held = START_MS;
  private end = -Infinity;
  private lateAt = -Infinity;
  private worst = 0;

  /** How long sound is held back now. */
  get heldMs(): number {
    return this.held;
  }

  /** When to play a packet that came now; null: leave it out. */
  place(sentMs: number, durationMs: number, now: number): number | null {
    this.clock.hear(sentMs, now);
    const quickest = this.clock.at(sentMs);
    this.adapt(now - quickest, now);
    const wanted = quickest + this.held;
    const start = Math.abs(wanted - this.end) <= SLACK_MS ? this.end : wanted;
    if (start < now || start < this.end) return null;
    this.end = start + durationMs;
    return start;
  }

  /** `waited`: by how much longer than the quickest a packet was on its way. */
  private adapt(waited: number, now: number): void {
    const need = Math.min(Math.max(waited + SPARE_MS, LEAST_MS), MOST_MS);
    if (need >= this.held) {
      this.held = need;
      this.lateAt = now;
      this.worst = 0;
      return;
    }
    if (this.lateAt === -Infinity) this.lateAt = now;
    this.worst = Math.max(this.worst, need);
    if (now - this.lateAt < SHRINK_AFTER_MS) return;
    this.held = Math.max(this.worst, this.held - SLACK_MS);
    if (this.held > this.worst) {
      this.lateAt += SHRINK_EVERY_MS;
    } else {
      this.lateAt = now;
      this.worst = 0;
    }
  }
}
