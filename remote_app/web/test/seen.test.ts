import { describe, expect, it } from "vitest";
import { Frames, type SoundCounters, heardBetween, soundCounters } from "../src/session/seen";

describe("pictures of a second", () => {
  it("are counted, with how long they waited", () => {
    const frames = new Frames(0);
    for (let now = 0; now < 1000; now += 40) frames.add(now, 12);
    expect(frames.take(1000)).toEqual({ fps: 25, frozen_ms: 0, picture_ms: 12 });
    expect(frames.take(1100)).toEqual({ fps: 0, frozen_ms: 0, picture_ms: null });
  });

  it("that stand still are counted once, in the second in which they do", () => {
    const frames = new Frames(0);
    frames.add(100, null);
    expect(frames.take(1000)).toEqual({ fps: 1, frozen_ms: 900, picture_ms: null });
    frames.add(1300, null);
    frames.add(1340, null);
    expect(frames.take(1400).frozen_ms).toBe(300);
  });

  it("does not believe a clock that runs backwards", () => {
    const frames = new Frames(0);
    frames.add(100, -5);
    expect(frames.take(1000).picture_ms).toBe(null);
  });
});

const NOTHING: SoundCounters = {
  received: 0, lost: 0, samples: 0, concealed: 0, bufferedS: 0, emitted: 0, playedS: 0, played: 0,
};

describe("sound of a second", () => {
  it("is the difference of two looks at the browser's counters", () => {
    const after = {
      received: 95, lost: 5, samples: 48000, concealed: 480, bufferedS: 1200, emitted: 48000, playedS: 480, played: 48000,
    };
    expect(heardBetween(NOTHING, after)).toEqual({ buffer_ms: 25, sound_ms: 35, lost: 0.05, concealed: 0.01 });
    expect(heardBetween(after, after)).toEqual({ buffer_ms: null, sound_ms: null, lost: null, concealed: null });
  });

  it("never gives the robot a number that the wire refuses: late packets make `lost` fall", () => {
    const before = { ...NOTHING, lost: 7, received: 100 };
    expect(heardBetween(before, { ...before, lost: 5, received: 150 }).lost).toBe(0);
    expect(heardBetween(NOTHING, { ...NOTHING, samples: 10, concealed: 20 }).concealed).toBe(1);
  });

  it("is read from the browser's report, without the silence that it puts in when nobody speaks", () => {
    const report: [string, Record<string, unknown>][] = [
      ["V", { type: "inbound-rtp", kind: "video", packetsLost: 9 }],
      ["A", { type: "inbound-rtp", kind: "audio", packetsLost: 2, concealedSamples: 50, silentConcealedSamples: 40 }],
      ["P", { type: "media-playout", totalPlayoutDelay: 3, totalSamplesCount: 100 }],
    ];
    expect(soundCounters(report)).toEqual({ ...NOTHING, lost: 2, concealed: 10, playedS: 3, played: 100 });
    expect(soundCounters([])).toEqual(NOTHING);
  });
});
