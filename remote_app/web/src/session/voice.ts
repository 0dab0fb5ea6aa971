import * as store from "../store";
import { capture, LevelMeter } from "./microphone";

const CALL_OVER_EVERY_MS = 3000; // while something else has the microphone, it is asked for again and again

/** The person's microphone: captured in the tap, captured again when the tablet ends it, on or off by choice. */
export class Voice {
  track: MediaStreamTrack | null = null;
  private meter: LevelMeter | null = null;
  private context: AudioContext | null = null;
  wantsOn = true;
  private had = false; // and has not let go of it since
  private busy = false;
  private turn = 0;

  /** `changed` is told of every new track (or its loss). */
  constructor(private readonly changed: (track: MediaStreamTrack | null) => void) {}

  /** In a person's tap: the browser then lets the sound through. */
  unlock(): void {
    this.context ??= new AudioContext();
    this.meter ??= new LevelMeter(this.context);
    void this.context.resume();
  }

  /** Asks for the microphone; true when there is one, undefined when the person went while the tablet asked. */
  async open(): Promise<boolean | undefined> {
    if (this.busy) return this.track !== null;
    const turn = this.turn;
    this.busy = true;
    store.microphone.value = { kind: "asking" };
    const got = await capture();
    if (turn !== this.turn) {
      if ("track" in got) got.track.stop();
      return undefined;
    }
    this.busy = false;
    if ("missing" in got) {
      this.use(null);
      store.microphone.value = { kind: "missing", why: got.missing };
      this.had &&= got.missing === "taken";
      if (this.had) setTimeout(() => void this.reopen(), CALL_OVER_EVERY_MS);
      return false;
    }
    got.track.onended = () => void this.reopen();
    this.had = true;
    this.use(got.track);
    this.show();
    return true;
  }

  /** The tablet may have ended the microphone while the page was away (a call, Siri): captures it again. */
  async reopen(): Promise<void> {
    if (document.visibilityState !== "visible" || !this.had || this.busy) return;
    void this.context?.resume();
    if (this.track?.readyState !== "live") await this.open();
  }

  async toggle(): Promise<void> {
    if (!this.track) {
      this.unlock();
      this.wantsOn = true;
      await this.open();
      return;
    }
    this.wantsOn = !this.wantsOn;
    this.show();
  }

  level(): number {
    return this.wantsOn && this.meter ? this.meter.read() : 0;
  }

  /** Lets go of the microphone, also of one that is still being asked for; `on` is how the next one begins. */
  close(on = true): void {
    this.turn += 1;
    this.busy = this.had = false;
    this.use(null);
    this.wantsOn = on;
    store.microphone.value = { kind: "off" };
    void this.context?.suspend();
  }

  private use(track: MediaStreamTrack | null): void {
    if (this.track) {
      this.track.onended = null;
      this.track.stop();
    }
    this.track = track;
    this.meter?.listenTo(track);
    this.changed(track);
  }

  private show(): void {
    if (this.track) this.track.enabled = this.wantsOn;
    store.microphone.value = { kind: this.wantsOn ? "on" : "off" };
  }
}
