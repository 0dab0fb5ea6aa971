import type { Writes, Writing } from "./text";

/** Sends what is due of one writer, and comes back by itself when more is. */
export class TextPump {
  private timer: ReturnType<typeof setTimeout> | undefined;

  /** `open` says whether text may go now; when it may not, somebody calls `keep` again later. */
  constructor(
    private readonly writing: Writing,
    private readonly open: () => boolean,
    private readonly send: (message: Writes) => void,
  ) {}

  keep(): void {
    this.stop();
    if (!this.open()) return;
    const now = performance.now();
    const message = this.writing.next(now);
    if (message) this.send(message);
    const wait = this.writing.dueAt() - now;
    if (wait < Infinity) this.timer = setTimeout(() => this.keep(), Math.max(0, Math.ceil(wait)));
  }

  stop(): void {
    clearTimeout(this.timer);
  }
}
