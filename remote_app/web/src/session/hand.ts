import { OWN_WORD_MS, REPLY_TIMEOUT_MS } from "./timing";

/**
 * What the person wants of something that is on or off, and what the robot says of it. A tap is asked for until the
 * robot confirms it. Once confirmed the robot's word counts (a leader may take the hand down), except for words from
 * before the confirmation. After a break the wish is asserted again.
 */
export class SwitchIntent {
  protected wanted = false;
  private confirmed = true;
  private confirmedAt = -Infinity;
  private askAt = -Infinity;

  /** The person's tap; returns what is wanted from now on. */
  toggle(): boolean {
    this.wanted = !this.wanted;
    this.ask();
    return this.wanted;
  }

  /** The session came back after a break: the robot may have forgotten. */
  reassert(): void {
    if (this.wanted) this.ask();
  }

  reset(): void {
    this.wanted = false;
    this.confirmed = true;
    this.confirmedAt = -Infinity;
  }

  /** The robot answered our command. */
  applied(on: boolean, now: number): void {
    if (on === this.wanted) this.confirm(now);
  }

  /** The robot's heartbeat; only of our own session, and not while the line is broken. */
  heartbeat(on: boolean, now: number): void {
    if (on === this.wanted) {
      if (!this.confirmed) this.confirm(now);
    } else if (this.confirmed && now - this.confirmedAt >= OWN_WORD_MS) {
      this.wanted = on;
    }
  }

  /** The command to send now (on or off), or null. */
  next(now: number): boolean | null {
    if (this.confirmed || now < this.askAt) return null;
    this.askAt = now + REPLY_TIMEOUT_MS;
    return this.wanted;
  }

  /** What the robot has confirmed. */
  get on(): boolean {
    return this.wanted === this.confirmed;
  }

  get pending(): boolean {
    return !this.confirmed;
  }

  private ask(): void {
    this.confirmed = false;
    this.askAt = -Infinity;
  }

  private confirm(now: number): void {
    this.confirmed = true;
    this.confirmedAt = now;
  }
}

export type HandShown = "down" | "raising" | "up" | "lowering";

/** The raised hand. */
export class HandIntent extends SwitchIntent {
  get shown(): HandShown {
    if (this.wanted) return this.pending ? "raising" : "up";
    return this.pending ? "lowering" : "down";
  }
}
