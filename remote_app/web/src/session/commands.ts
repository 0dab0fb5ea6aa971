import type { Act, FromPage } from "../generated/wire";

/** Numbers the commands of this page: higher than those of an earlier page of this seat, each with its own id. */
export class Commands {
  private seq = Date.now();

  constructor(private readonly send: (message: FromPage) => boolean) {}

  /** Sends a command; its id, or empty when it could not be sent. */
  act(action: Act["action"]): string {
    const seq = this.seq++;
    const id = seq.toString(36);
    return this.send({ type: "act", id, seq, sent_ms: performance.now(), action }) ? id : "";
  }
}
