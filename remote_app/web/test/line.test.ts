import { describe, expect, it } from "vitest";
import { type LineMeasure, lineWord, median, rateBps } from "../src/words/line";
import { VoiceProof } from "../src/words/proof";

const WIDE: LineMeasure = { tripsMs: [30, 35, 32, 31, 40], downBps: 20e6, upBps: 5e6 };

describe("what a measure of the line means", () => {
  it("is good where picture and sound have room", () => {
    expect(lineWord(WIDE)).toBe("good");
    expect(lineWord({ ...WIDE, downBps: 1_500_000, upBps: 200_000 })).toBe("good");
  });

  it("is fair where the picture gets small or the head slow", () => {
    expect(lineWord({ ...WIDE, downBps: 800_000 })).toBe("fair");
    expect(lineWord({ ...WIDE, upBps: 100_000 })).toBe("fair");
    expect(lineWord({ ...WIDE, tripsMs: [300, 310, 305, 320, 300] })).toBe("fair");
    expect(lineWord({ ...WIDE, tripsMs: [30, 30, 30, 30, 380] })).toBe("fair"); // it stops and starts
  });

  it("is bad where one of them is missing, whatever the others are", () => {
    expect(lineWord({ ...WIDE, downBps: 200_000 })).toBe("bad");
    expect(lineWord({ ...WIDE, upBps: 30_000 })).toBe("bad");
    expect(lineWord({ ...WIDE, tripsMs: [600, 620, 610, 600, 640] })).toBe("bad");
    expect(lineWord({ ...WIDE, downBps: null })).toBe("bad");
    expect(lineWord({ ...WIDE, upBps: null })).toBe("bad");
  });

  it("is none where nothing came back", () => {
    expect(lineWord({ tripsMs: [], downBps: null, upBps: null })).toBe("none");
  });
});

describe("the parts of a measure", () => {
  it("take the middle of the trips, which one slow one does not move", () => {
    expect(median([5])).toBe(5);
    expect(median([40, 10, 20])).toBe(20);
    expect(median([1, 2, 3, 1000])).toBe(2.5);
    expect(median([])).toBeNaN();
  });

  it("count the bytes over the time that the line itself took", () => {
    expect(rateBps(125_000, 1100, 100)).toBe(1_000_000);
    expect(rateBps(1000, 50, 60)).toBe(8_000_000); // quicker than can be told: at least this much
  });
});

describe("whether a microphone hears somebody", () => {
  const hears = (proof: VoiceProof, level: number, from: number, to: number): string => {
    let said = "";
    for (let now = from; now <= to; now += VoiceProof.EVERY_MS) said = proof.hear(level, now);
    return said;
  };

  it("is known after a word or two, and stays known", () => {
    const proof = new VoiceProof(0);
    expect(hears(proof, 0.05, 0, 1000)).toBe("waiting");
    expect(hears(proof, 0.5, 1000, 1200)).toBe("waiting");
    expect(hears(proof, 0.5, 1200, 1600)).toBe("heard");
    expect(hears(proof, 0, 1600, 60_000)).toBe("heard");
  });

  it("is doubted after eight quiet seconds, and still found then", () => {
    const proof = new VoiceProof(0);
    expect(hears(proof, 0.1, 0, 8100)).toBe("quiet");
    expect(hears(proof, 0.6, 8100, 8800)).toBe("heard");
  });

  it("is not shown by one loud moment before a page stood still", () => {
    const proof = new VoiceProof(0);
    proof.hear(0, 66);
    expect(proof.hear(1, 5000)).toBe("waiting");
  });
});
