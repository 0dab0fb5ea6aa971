import { REPLY_TIMEOUT_MS, SAID_SHOWN_MS } from "./timing";

export type SpeechShown = "quiet" | "asking" | "saying" | "said" | "failed";

/** One sentence on its way to the robot's mouth. It is asked for once: said twice would be worse than not said. */
export class SpeechIntent {
  private state: SpeechShown = "quiet";
  private until = 0;
  private id = "";

  ask(id: string, now: number): void {
    this.id = id;
    this.state = "asking";
    this.until = now + REPLY_TIMEOUT_MS;
  }

  /** True when the reply is to this sentence and it will be heard. */
  queued(id: string, durationS: number, now: number): boolean {
    if (id !== this.id || this.state === "quiet") return false;
    this.state = "saying";
    this.until = now + durationS * 1000;
    return true;
  }

  refused(id: string): void {
    if (id === this.id) this.state = "failed";
  }

  /** The sentence could not even be sent. */
  unsent(): void {
    this.state = "failed";
  }

  shown(now: number): SpeechShown {
    if (now >= this.until) {
      if (this.state === "asking") this.state = "failed";
      else if (this.state === "saying") this.become("said", now + SAID_SHOWN_MS);
      else if (this.state === "said") this.state = "quiet";
    }
    return this.state;
  }

  /** The person writes again: what was said of the last sentence is old. */
  clear(): void {
    if (this.state === "failed" || this.state === "said") this.state = "quiet";
  }

  private become(state: SpeechShown, until: number): void {
    this.state = state;
    this.until = until;
  }
}
