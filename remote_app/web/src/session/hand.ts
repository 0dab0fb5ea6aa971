import { OWN_WORD_MS, REPLY_TIMEOUT_MS } from "./timing";

export type HandShown = "down" | "raising" | "up" | "lowering";

/**
 * What the person wants of the hand, and what the robot says of it. A tap is asked for until the robot confirms it.
 * Once confirmed the robot's word counts (a leader may take the hand down), except for words from before the
 * confirmation. After a break the wish is asserted again.
 */
export class HandIntent {
  private wanted = false;
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
  applied(raised: boolean, now: number): void {
    if (raised === this.wanted) this.confirm(now);
  }

  /** The robot's heartbeat; only of our own session, and not while the line is broken. */
  heartbeat(raised: boolean, now: number): void {
    if (raised === this.wanted) {
      if (!this.confirmed) this.confirm(now);
    } else if (this.confirmed && now - this.confirmedAt >= OWN_WORD_MS) {
      this.wanted = raised;
    }
  }

  /** The command to send now (raise or lower), or null. */
  next(now: number): boolean | null {
    if (this.confirmed || now < this.askAt) return null;
    this.askAt = now + REPLY_TIMEOUT_MS;
    return this.wanted;
  }

  get shown(): HandShown {
    if (this.wanted) return this.confirmed ? "up" : "raising";
    return this.confirmed ? "down" : "lowering";
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
