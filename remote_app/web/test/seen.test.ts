import { describe, expect, it } from "vitest";
import { Frames, type SoundCounters, frozenMs, heardBetween, soundCounters } from "../src/session/seen";

describe("pictures of a second", () => {
  it("are counted, with how long they waited", () => {
    const frames = new Frames(0);
    for (const ms of [10, 12, 14]) frames.waitedFor(ms);
    expect(frames.take(1000, 25, 0)).toEqual({ fps: 25, frozen_ms: 0, picture_ms: 12 });
    expect(frames.take(2000, 55, 0)).toEqual({ fps: 30, frozen_ms: 0, picture_ms: null });
  });

  it("that stand still are told once, in the second in which they do", () => {
    const frames = new Frames(0);
    expect(frames.take(1000, 30, 0).frozen_ms).toBe(0);
    expect(frames.take(2000, 40, 400).frozen_ms).toBe(400);
    expect(frames.take(3000, 40, 400)).toEqual({ fps: 0, frozen_ms: 1000, picture_ms: null }); // goes on
    expect(frames.take(4000, 40, 400).frozen_ms).toBe(1000);
    expect(frames.take(5000, 60, 2900).frozen_ms).toBe(500); // the browser tells of 2500 when it is over
    expect(frames.take(6000, 90, 2900).frozen_ms).toBe(0);
  });

  it("are missed by the second where the browser does not count", () => {
    const frames = new Frames(0);
    expect(frames.take(1000, 30, 0).frozen_ms).toBe(0);
    expect(frames.take(2000, 30, 0).frozen_ms).toBe(1000);
    expect(frames.take(3000, 60, 0).frozen_ms).toBe(0);
  });

  it("does not believe a clock that runs backwards, or a count that begins again", () => {
    const frames = new Frames(0);
    frames.waitedFor(-5);
    expect(frames.take(1000, 30, 0).picture_ms).toBe(null);
    expect(frames.take(2000, 10, 0).fps).toBe(0);
    expect(frames.take(3000, 40, 0).fps).toBe(30);
  });
});

describe("what the browser counts", () => {
  it("has the picture's standstills in seconds, or nothing", () => {
    const sound = ["a", { type: "inbound-rtp", kind: "audio", totalFreezesDuration: 9 }] as const;
    expect(frozenMs([sound, ["v", { type: "inbound-rtp", kind: "video", totalFreezesDuration: 1.25 }]])).toBe(1250);
    expect(frozenMs([sound, ["v", { type: "inbound-rtp", kind: "video" }]])).toBe(0);
    expect(frozenMs([])).toBe(0);
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
