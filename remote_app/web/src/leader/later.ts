import { UNDO_MS } from "./timing";

export interface Pending {
  /** What it is about; one thing at a time for each. */
  readonly id: string;
  readonly due: number;
}

interface Waiting extends Pending {
  readonly act: () => void;
}

/** What is done in a moment, so that it can be undone until then. Pure: times are milliseconds of one clock. */
export class Later {
  private waiting: readonly Waiting[] = [];

  get pending(): readonly Pending[] {
    return this.waiting;
  }

  put(id: string, now: number, act: () => void): void {
    this.undo(id);
    this.waiting = [...this.waiting, { id, due: now + UNDO_MS, act }];
  }

  undo(id: string): void {
    this.waiting = this.waiting.filter((one) => one.id !== id);
  }

  /** Does what is due. */
  tick(now: number): void {
    const due = this.waiting.filter((one) => now >= one.due);
    this.waiting = this.waiting.filter((one) => now < one.due);
    for (const one of due) one.act();
  }
}
