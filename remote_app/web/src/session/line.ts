import { RETRY_AFTER_MS } from "./timing";

type Part = "none" | "opening" | "open";

/** One connection that is tried again with growing pauses. */
export class Line {
  state: Part = "none";
  since = 0;
  heardAt = 0;
  failures = 0;
  retryAt = 0;
  /** How long it may be silent, when that is less than usual. */
  patience = Infinity;

  opening(now: number): void {
    this.state = "opening";
    this.since = this.heardAt = now;
    this.patience = Infinity;
  }

  opened(now: number): void {
    this.state = "open";
    this.since = this.heardAt = now;
    this.failures = 0;
    this.patience = Infinity;
  }

  /** It is over without having failed: it served its end, or was not needed. */
  settled(): void {
    this.state = "none";
    this.failures = 0;
  }

  broke(now: number): void {
    this.failures += this.state === "opening" ? 1 : 0;
    const pause = RETRY_AFTER_MS[Math.min(this.failures, RETRY_AFTER_MS.length - 1)] ?? 0;
    this.state = "none";
    this.since = now;
    this.retryAt = now + pause;
  }

  retryAtOnce(now: number): void {
    this.failures = 0;
    this.retryAt = now;
  }
}
