import { late } from "../parts";
import type { RescueRule } from "./rescueRule";
import type { Rescue, RescueRoad } from "./rescue";
import type { Steering } from "./steering";

/** Whether this browser has what the rescue path's sound needs (Safari lacked it for long). */
function mayRescueSound(): boolean {
  return "AudioDecoder" in window && "AudioEncoder" in window && "AudioWorkletNode" in window;
}

/** What of the rescue path has to be there from the first tap. The path itself comes when the room has opened. */
export class RescueGate {
  private context: AudioContext | null = null;
  private path: Rescue | null = null;
  private track: MediaStreamTrack | null = null;

  constructor(
    private readonly rule: RescueRule,
    private readonly steering: Steering,
    private readonly road: RescueRoad,
  ) {}

  /** In a person's tap: the browser then lets the sound through. */
  unlock(): void {
    if (!mayRescueSound()) return;
    this.context ??= new AudioContext({ sampleRate: 48_000 });
    const { context } = this;
    void context.resume().then(() => (this.path ? this.path.rest() : void context.suspend()));
  }

  /** Starts, goes on, or ends. Called often. */
  keep(now: number): void {
    const here = this.path ? null : late.here.peek();
    if (here) {
      this.path = new here.Rescue(this.context, this.rule, this.steering, this.road);
      this.path.setVoice(this.track);
    }
    this.path?.keep(now);
  }

  end(now: number): void {
    this.path?.end(now);
  }

  take(bytes: ArrayBuffer, now: number): void {
    this.path?.take(bytes, now);
  }

  /** Another microphone track, or none, from now on. */
  setVoice(track: MediaStreamTrack | null): void {
    this.track = track;
    this.path?.setVoice(track);
  }
}
