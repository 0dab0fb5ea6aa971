import { describe, expect, it } from "vitest";
import { packRescueFrame, parseRescueFrame, SOUND, STILL } from "../src/session/rescueFrame";

const bytes = (...values: number[]): ArrayBuffer => Uint8Array.from(values).buffer;

describe("a frame of the rescue path", () => {
  it("is kind, sequence and time, big-endian, then the body", () => {
    const packed = packRescueFrame({ kind: SOUND, sequence: 258, sentMs: 0x01020304, body: Uint8Array.from([9, 8]) });
    expect([...new Uint8Array(packed!)]).toEqual([2, 0, 0, 1, 2, 1, 2, 3, 4, 9, 8]);
    expect(parseRescueFrame(packed!)).toEqual({ kind: SOUND, sequence: 258, sentMs: 0x01020304, body: Uint8Array.from([9, 8]) });
  });

  it("takes the clock modulo 2^32", () => {
    const packed = packRescueFrame({ kind: SOUND, sequence: 1, sentMs: 2 ** 32 + 7.6, body: Uint8Array.from([0]) });
    expect(parseRescueFrame(packed!)?.sentMs).toBe(7);
  });

  it("is refused when it is cut off, of no known kind, empty or too large", () => {
    expect(parseRescueFrame(bytes())).toBeNull();
    expect(parseRescueFrame(bytes(1, 0, 0, 0, 1, 0, 0, 0, 1))).toBeNull();
    expect(parseRescueFrame(bytes(3, 0, 0, 0, 1, 0, 0, 0, 1, 5))).toBeNull();
    expect(parseRescueFrame(bytes(1, 0, 0, 0, 1, 0, 0, 0, 1, 5))?.kind).toBe(STILL);
    expect(parseRescueFrame(Uint8Array.from([2, ...new Array<number>(8 + 1501).fill(0)]).buffer)).toBeNull();
    expect(packRescueFrame({ kind: STILL, sequence: 1, sentMs: 0, body: new Uint8Array(40_001) })).toBeNull();
    expect(packRescueFrame({ kind: STILL, sequence: 1, sentMs: 0, body: new Uint8Array(0) })).toBeNull();
  });
});
