import type { PageQuality } from "../generated/wire";
import { picture } from "./picture";
import { Frames, type SoundCounters, heardBetween, soundCounters } from "./seen";

/** Watches the page's one picture and the sound of a media session, and says each second what was seen and heard. */
export class PageReport {
  private readonly frames = new Frames(performance.now());
  private before: { readonly of: RTCPeerConnection; readonly sound: SoundCounters } | null = null;

  constructor() {
    if ("requestVideoFrameCallback" in picture) this.watch();
  }

  private watch(): void {
    picture.requestVideoFrameCallback((now, frame) => {
      // Without it (no `receiveTime` outside WebRTC, or an older browser) the wait is not known.
      const waited = frame.receiveTime === undefined ? null : frame.expectedDisplayTime - frame.receiveTime;
      this.frames.add(now, waited);
      this.watch();
    });
  }

  /** What was seen and heard since the last time; null in the first second of a session. */
  async of(pc: RTCPeerConnection): Promise<PageQuality | null> {
    const report = (await pc.getStats()) as unknown as Iterable<readonly [string, Record<string, unknown>]>;
    const sound = soundCounters(report);
    const before = this.before;
    this.before = { of: pc, sound };
    const seen = this.frames.take(performance.now());
    if (before?.of !== pc) return null;
    const size = { width: picture.videoWidth, height: picture.videoHeight };
    return { type: "quality", ...size, ...seen, ...heardBetween(before.sound, sound) };
  }
}
