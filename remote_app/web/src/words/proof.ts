const SPEECH_LEVEL = 0.2; // of the meter's scale: a voice at arm's length is above, a quiet room below
const ENOUGH_MS = 400; // a word or two; a chair that scrapes is shorter
const QUIET_AFTER_MS = 8000; // by then somebody has spoken, or wonders

/** Whether a microphone hears a person. Pure: times are ms of one clock. */
export class VoiceProof {
  /** How often it is to be told of the level. */
  static readonly EVERY_MS = 66;
  private loudMs = 0;
  private before: number;

  constructor(private readonly since: number) {
    this.before = since;
  }

  /** `level` is 0 (quiet) to 1 (loud). Once heard, it stays so. */
  hear(level: number, now: number): "waiting" | "heard" | "quiet" {
    const passed = Math.min(now - this.before, 2 * VoiceProof.EVERY_MS); // a page that stood still heard nothing meanwhile
    this.before = now;
    if (level >= SPEECH_LEVEL) this.loudMs += passed;
    if (this.loudMs >= ENOUGH_MS) return "heard";
    return now - this.since >= QUIET_AFTER_MS ? "quiet" : "waiting";
  }
}
