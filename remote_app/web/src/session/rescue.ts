import type { PageRescue } from "../generated/wire";
import * as store from "../store";
import type { VoiceRoad } from "../words/status";
import { FADE_MS, playsRescueSound, RescueSound } from "./rescueSound";
import { packRescueFrame, parseRescueFrame, SOUND, STILL } from "./rescueFrame";
import type { RescueRule } from "./rescueRule";
import { RescueVoice } from "./rescueVoice";
import { SenderClock } from "./playout";
import type { Steering } from "./steering";
import { Stills } from "./stills";
import { RESCUE_KEEP_EVERY_MS } from "./timing";

/** What comes by the service's road, for the screen. */
export interface RescueShown {
  /** Whether this browser can play the room's sound that way. */
  readonly sound: boolean;
  /** Whether the microphone goes that way: not yet, or never where this browser cannot. */
  readonly voice: VoiceRoad;
  readonly stillsPerS: number;
  readonly stillBytes: number;
  readonly width: number;
  readonly height: number;
  readonly heldMs: number | null;
}

export interface RescueRoad {
  word(word: PageRescue): boolean;
  frame(bytes: ArrayBuffer): void;
  /** The room is seen or heard that way from now on. */
  came(): void;
}

interface Seen {
  readonly at: number;
  readonly bytes: number;
}

const TELL_EVERY_MS = 1000; // numbers that change faster cannot be read out
const RATE_OVER_MS = 5000; // long enough for a still every three seconds

/**
 * Still pictures and sound by the service's WebSocket, for as long as they are wanted: says so each second, shows what
 * comes, tells the robot what was shown, and sends the microphone. Ends without a word to the person: what takes over
 * is seen.
 */
export class Rescue {
  private stills: Stills | null = null;
  private sound: RescueSound | null = null;
  private voice: RescueVoice | null = null;
  private track: MediaStreamTrack | null = null;
  private readonly plays: Promise<boolean>;
  private clock = new SenderClock();
  private saidAt = -Infinity;
  private toldAt = -Infinity;
  private shown = 0;
  private spoken = 0;
  private seen: Seen[] = [];
  private size = { width: 0, height: 0 };

  /** `context` is one that a person's tap has let through; null where the browser has no codecs for it. */
  constructor(
    private readonly context: AudioContext | null,
    private readonly rule: RescueRule,
    private readonly steering: Steering,
    private readonly road: RescueRoad,
  ) {
    this.plays = context ? playsRescueSound().catch(() => false) : Promise.resolve(false);
  }

  /** Starts, goes on, or ends. Called often; the pace is kept here. */
  keep(now: number): void {
    const wanted = this.rule.wanted;
    if (wanted && !this.stills) this.start();
    else if (!wanted) this.end(now);
    if (wanted && now - this.saidAt >= RESCUE_KEEP_EVERY_MS) this.say(true, now);
    if (!this.rule.live) store.rescue.value = null;
    else if (!store.rescue.value || now - this.toldAt >= TELL_EVERY_MS) this.tell(now);
  }

  end(now: number): void {
    if (!this.stills) return;
    this.say(false, now);
    this.stills.stop();
    this.sound?.stop();
    this.voice?.close();
    this.stills = this.sound = this.voice = null;
    this.seen = [];
    this.steering.showsStill(null);
    store.rescue.value = null;
    setTimeout(() => this.rest(), FADE_MS);
  }

  take(bytes: ArrayBuffer, now: number): void {
    const frame = this.stills && parseRescueFrame(bytes);
    if (!frame) return;
    this.clock.hear(frame.sentMs, now);
    if (frame.kind === STILL) this.stills?.take(frame);
    else this.sound?.take(frame);
    if (frame.kind === SOUND && this.sound) this.heard(now);
  }

  /** Another microphone track, or none, from now on. */
  setVoice(track: MediaStreamTrack | null): void {
    this.track = track;
    try {
      this.voice?.listenTo(track);
    } catch {
      this.dumb(); // Firefox: a microphone of another rate than ours
    }
  }

  private tell(now: number): void {
    this.toldAt = now;
    this.seen = this.seen.filter(({ at }) => now - at <= RATE_OVER_MS);
    store.rescue.value = {
      sound: this.sound !== null,
      voice: this.voice ? (this.voice.isOpen && this.context?.state === "running" ? "open" : "opening") : "none",
      stillsPerS: this.seen.length / (RATE_OVER_MS / 1000),
      stillBytes: this.seen.at(-1)?.bytes ?? 0,
      ...this.size,
      heldMs: this.sound?.heldMs ?? null,
    };
  }

  private start(): void {
    this.shown = 0;
    this.saidAt = -Infinity;
    this.clock = new SenderClock();
    this.stills = new Stills((still, size) => {
      this.shown = still.sequence;
      this.size = size;
      const now = performance.now();
      this.seen.push({ at: now, bytes: still.body.byteLength });
      this.say(true, now);
      this.steering.showsStill(this.clock.at(still.sentMs));
      this.heard(now);
    });
    const { context, stills } = this;
    void this.plays.then((plays) => context && plays && this.stills === stills && this.startSound(context));
  }

  private startSound(context: AudioContext): void {
    void context.resume();
    this.sound = new RescueSound(context);
    const failed = (): void => void (this.voice === voice && this.dumb());
    const voice = new RescueVoice(context, (packet) => this.speak(packet), failed);
    this.voice = voice;
    voice.open(this.track).catch(failed);
  }

  private heard(now: number): void {
    const wasLive = this.rule.live;
    this.rule.heard(now);
    if (!wasLive && this.rule.live) this.road.came();
  }

  private say(on: boolean, now: number): void {
    if (this.road.word({ type: "rescue", on, sent_ms: now, still: this.shown })) this.saidAt = now;
  }

  private speak(body: Uint8Array<ArrayBuffer>): void {
    this.spoken += 1;
    const bytes = packRescueFrame({ kind: SOUND, sequence: this.spoken, sentMs: performance.now(), body });
    if (bytes) this.road.frame(bytes);
  }

  /** The microphone cannot be sent that way here; what comes from the room goes on. */
  private dumb(): void {
    this.voice?.close();
    this.voice = null;
  }

  /** The sound's clock stands still while nothing uses it. */
  rest(): void {
    if (!this.stills) void this.context?.suspend();
  }
}
