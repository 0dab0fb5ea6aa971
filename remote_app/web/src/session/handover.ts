import type { Pose, SetPoint, StillHeader } from "../generated/wire";
import { late } from "../parts";
import * as store from "../store";
import { configuration } from "./ice";
import { MediaSession } from "./media";
import { keepStill, showStream, whenDecoded } from "./picture";
import type { PageReport } from "./report";
import { PREPARED_FRESH_MS } from "./timing";

export interface HandoverEvents {
  /** A new media session is shown from now on. */
  opened(): void;
  /** The one that is shown lives. */
  heard(): void;
  pose(pose: Pose): void;
  still(message: StillHeader | ArrayBuffer): void;
  /** The one that was shown is over. */
  closed(): void;
  /** The new one did not come to be. */
  failed(): void;
}

function sameServers(one: RTCConfiguration, other: RTCConfiguration): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}

/**
 * The media session that is shown, and the new one that is made beside it. The old one stays, picture, sound and
 * steering, until the new one is connected and its first picture is decoded; then the two are swapped.
 */
export class Handover {
  private shown: MediaSession | null = null;
  private next: MediaSession | null = null;
  private prepared: MediaSession | null = null;
  private awaits: { readonly media: MediaSession; readonly sentMs: number } | null = null;
  private seen: PageReport | null = null; // once the part that has it is here
  private stopWaiting = (): void => undefined;

  constructor(
    private readonly voice: () => MediaStreamTrack | null,
    private readonly tell: HandoverEvents,
  ) {}

  /** Makes the first session ready while nobody has asked for it yet: its candidates take a while. */
  prepare(): void {
    this.prepared?.close();
    this.prepared = new MediaSession();
    void this.prepared.offer().catch(() => undefined); // tried again, and told, when it is wanted
  }

  /** What was made ready belongs to another network, or is not needed. */
  forgetPrepared(): void {
    this.prepared?.close();
    this.prepared = null;
  }

  /** A new media session beside the one that is shown; its offer, null when there is none, undefined once given up. */
  async open(): Promise<string | null | undefined> {
    this.drop();
    const media = this.takePrepared();
    this.next = media;
    media.listen({
      opened: () => this.connected(media),
      heard: () => media === this.shown && this.tell.heard(),
      pose: (pose) => this.tell.pose(pose),
      still: (message) => media === this.shown && this.tell.still(message),
      track: () => this.trackCame(media),
      failed: () => this.failed(media),
    });
    if (!this.shown) void media.setVoice(this.voice()); // two at a time would be heard twice
    const sdp = await media.offer().catch(() => null);
    return this.next === media ? sdp : undefined;
  }

  /** The offer of the new one is on its way since `sentMs`. */
  asked(sentMs: number): void {
    this.awaits = this.next && { media: this.next, sentMs };
  }

  /** The service's word: the offer that was sent at `sentMs` is for this connection. */
  named(connection: string, sentMs: number): void {
    if (this.awaits?.sentMs === sentMs) this.awaits.media.connection = connection;
  }

  /** True when the answer was awaited; any other is to an attempt that was given up. */
  answer(connection: string, sdp: string): boolean {
    const media = this.awaits?.media;
    if (!media || media.connection !== connection) return false;
    this.awaits = null;
    media.answer(sdp).catch(() => this.failed(media));
    return true;
  }

  which(connection: string): "shown" | "next" | "neither" {
    if (this.shown?.connection === connection) return "shown";
    return this.next?.connection === connection ? "next" : "neither";
  }

  /** True while set-points can travel on a data channel. */
  get steers(): boolean {
    return this.shown?.steers ?? false;
  }

  sendSetPoint(point: SetPoint): boolean {
    return this.shown?.sendSetPoint(point) ?? false;
  }

  cancelStill(request: string): void {
    this.shown?.cancelStill(request);
  }

  /** Beats of every session that can carry one; true when the one that is shown could. */
  ping(now: number): boolean {
    this.next?.ping(now);
    return this.shown?.ping(now) ?? false;
  }

  /** Tells the robot what was seen and heard of the session that is shown. */
  report(): void {
    const Report = late.here.peek()?.PageReport;
    if (Report) void this.shown?.tell((this.seen ??= new Report())).catch(() => undefined); // closed meanwhile: nobody to tell
  }

  /** Another microphone track, or none, from now on. */
  setVoice(): void {
    void (this.shown ?? this.next)?.setVoice(this.voice());
  }

  /** Gives up the new one. */
  drop(): void {
    this.stopWaiting();
    this.next?.close();
    this.next = this.awaits = null;
  }

  /** Gives up the one that is shown, if any (then true); its last picture stays. */
  close(): boolean {
    if (!this.shown) return false;
    keepStill();
    this.shown.close();
    this.shown = null;
    return true;
  }

  private takePrepared(): MediaSession {
    const ready = this.prepared;
    this.prepared = null;
    const fresh = ready && performance.now() - ready.madeAt < PREPARED_FRESH_MS;
    if (fresh && sameServers(ready.madeFor, configuration(store.ice.value))) return ready;
    ready?.close();
    return new MediaSession();
  }

  private trackCame(media: MediaSession): void {
    if (media === this.shown || (media === this.next && !this.shown)) showStream(media.stream);
  }

  private connected(media: MediaSession): void {
    if (media !== this.next) return;
    this.stopWaiting(); // a line that wavers connects more than once
    if (this.shown) this.stopWaiting = whenDecoded(media.stream, () => this.swap(media));
    else this.swap(media);
  }

  private swap(media: MediaSession): void {
    if (media !== this.next) return;
    const old = this.shown;
    this.stopWaiting();
    this.shown = media;
    this.next = null;
    showStream(media.stream);
    old?.close();
    void media.setVoice(this.voice());
    this.tell.opened();
  }

  private failed(media: MediaSession): void {
    if (media === this.shown) this.tell.closed();
    else if (media === this.next) this.tell.failed();
  }
}
