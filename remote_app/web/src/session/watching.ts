import { signal } from "@preact/signals";
import type { Asked, StopWatching, Watch, WatchAnswer, WatchEnded } from "../generated/wire";
import { MediaSession } from "./media";
import { type Hindrance, pauseAfter } from "./watchRule";

const ANSWER_WAIT_MS = 8_000; // the robot gives a path as long
const SILENT_MS = 5_000; // the robot says a beat a second

/** Seeing and hearing the room without a seat: one connection after the other, for as long as one may. */
export class Watching {
  readonly shown = signal<Hindrance | null>("trying");
  readonly stream = signal<MediaStream | null>(null);
  private media: MediaSession | null = null;
  private sentMs = 0;
  private heardAt = 0;
  private retryAt = 0;
  private live = false;

  /** `name`: who sits here, where it is not the person of the link. */
  constructor(
    private readonly send: (message: Watch | StopWatching) => boolean,
    private readonly name = (): string => "",
  ) {}

  /** Called twice a second and with every news: `hindrance` is what is known without asking. */
  tick(hindrance: Hindrance | null, now: number): void {
    if (hindrance !== null) return this.drop(hindrance, now);
    if (!this.media) {
      if (now >= this.retryAt) void this.open(now);
      else if (this.shown.peek() !== "full") this.shown.value = "trying";
      return;
    }
    if (this.live) this.media.ping(now);
    if (now - this.heardAt >= (this.live ? SILENT_MS : ANSWER_WAIT_MS)) this.drop("lost", now);
  }

  asked(message: Asked): void {
    if (this.media && message.sent_ms === this.sentMs) this.media.connection = message.connection;
  }

  answer(message: WatchAnswer): void {
    if (this.media && message.connection === this.media.connection) void this.media.answer(message.sdp);
  }

  ended(message: WatchEnded, now: number): void {
    if (message.connection === this.media?.connection) this.drop(message.reason, now);
  }

  /** One has seen enough, or the page goes. */
  close(): void {
    if (this.media) this.send({ type: "stop_watching" });
    this.drop("left", performance.now());
  }

  private async open(now: number): Promise<void> {
    const media = (this.media = new MediaSession(true));
    this.shown.value = "trying";
    this.heardAt = now;
    this.live = false;
    media.listen({
      opened: () => {
        this.live = true;
        this.heardAt = performance.now();
        this.stream.value = media.stream;
        this.shown.value = null;
      },
      heard: () => (this.heardAt = performance.now()),
      pose: () => undefined,
      still: () => undefined,
      track: () => undefined,
      failed: () => this.drop("lost", performance.now()),
    });
    const sdp = await media.offer().catch(() => "");
    if (media !== this.media) return;
    this.sentMs = performance.now();
    if (!sdp || !this.send({ type: "watch", companion: this.name(), sdp, sent_ms: this.sentMs })) this.drop("lost", performance.now());
  }

  private drop(why: Hindrance, now: number): void {
    if (this.media) this.retryAt = now + pauseAfter(why);
    this.media?.close();
    this.media = null;
    this.live = false;
    this.stream.value = null; // nothing of the room stays where it may no longer be seen
    this.shown.value = why;
  }
}
