import type { PageQuality } from "../generated/wire";
import { picture } from "./picture";
import { Frames, type SoundCounters, type Stats, frozenMs, heardBetween, soundCounters } from "./seen";

const SAMPLED_EVERY_MS = 200; // to ask of every picture makes the browser draw the page with each: half of a slow tablet

/** Watches the page's one picture and the sound of a media session, and says each second what was seen and heard. */
export class PageReport {
  private readonly frames = new Frames(performance.now());
  private before: { readonly of: RTCPeerConnection; readonly sound: SoundCounters } | null = null;

  constructor() {
    if ("requestVideoFrameCallback" in picture) this.watch();
  }

  private watch(): void {
    picture.requestVideoFrameCallback((_, frame) => {
      // Without it (an older browser) the wait is not known.
      if (frame.receiveTime !== undefined) this.frames.waitedFor(frame.expectedDisplayTime - frame.receiveTime);
      setTimeout(() => this.watch(), SAMPLED_EVERY_MS);
    });
  }

  /** What was seen and heard since the last time; null in the first second of a session. */
  async of(pc: RTCPeerConnection): Promise<PageQuality | null> {
    const report = (await pc.getStats()) as unknown as Stats;
    const sound = soundCounters(report);
    const before = this.before;
    this.before = { of: pc, sound };
    const { totalVideoFrames, droppedVideoFrames } = picture.getVideoPlaybackQuality();
    const seen = this.frames.take(performance.now(), totalVideoFrames - droppedVideoFrames, frozenMs(report));
    if (before?.of !== pc) return null;
    const size = { width: picture.videoWidth, height: picture.videoHeight };
    return { type: "quality", ...size, ...seen, ...heardBetween(before.sound, sound) };
  }
}
