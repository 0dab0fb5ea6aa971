import { describe, expect, it } from "vitest";
import { FAILED_AFTER_MS, KeptWish, stepped } from "../src/session/setting";
import { REPLY_TIMEOUT_MS } from "../src/session/timing";

const wish = (): KeptWish<string> => new KeptWish((one, other) => one === other);

describe("what the person sets", () => {
  it("is asked for at once, again when nothing came of it, and not once it is done", () => {
    const it = wish();
    it.choose("sad", 0);
    expect(it.next("happy", "a", 0)).toBe("sad");
    expect(it.next("happy", "a", REPLY_TIMEOUT_MS - 1)).toBeNull();
    expect(it.next("happy", "a", REPLY_TIMEOUT_MS)).toBe("sad");
    expect(it.pending).toBe("sad");
    expect(it.next("sad", "a", REPLY_TIMEOUT_MS + 1)).toBeNull();
    expect(it.pending).toBeNull();
    expect(it.next("sad", "a", 1e9)).toBeNull();
  });

  it("is asked for at once when it is something else, in the middle of waiting", () => {
    const it = wish();
    it.choose("sad", 0);
    it.next("happy", "a", 0);
    it.choose("confused", 1);
    expect(it.next("happy", "a", 1)).toBe("confused");
  });

  it("gives way to who in the room sets something else", () => {
    const it = wish();
    it.choose("sad", 0);
    it.next("sad", "a", 1);
    expect(it.next("happy", "a", 2)).toBeNull();
    expect(it.next("happy", "b", 3)).toBeNull();
  });

  it("is asked for again after a break, when the robot has forgotten", () => {
    const it = wish();
    it.choose("sad", 0);
    it.next("sad", "a", 1);
    expect(it.next("happy", "b", 2)).toBe("sad");
    expect(it.isFailing(2)).toBe(false);
    it.next("sad", "b", 3);
    expect(it.next("sad", "c", 4)).toBeNull();
    expect(it.next("happy", "c", 5)).toBeNull();
  });

  it("fails when it is asked for and not done, and no longer when it is", () => {
    const it = wish();
    it.choose("sad", 0);
    expect(it.isFailing(FAILED_AFTER_MS - 1)).toBe(false);
    expect(it.isFailing(FAILED_AFTER_MS)).toBe(true);
    it.next("sad", "a", FAILED_AFTER_MS);
    expect(it.isFailing(FAILED_AFTER_MS)).toBe(false);
  });

  it("is forgotten with the session", () => {
    const it = wish();
    it.choose("sad", 0);
    it.forget();
    expect(it.next("happy", "a", 1)).toBeNull();
  });
});

describe("a step of the volume", () => {
  it("is ten, from the tens, between nothing and all", () => {
    const from = (percent: number, by: 1 | -1): number => stepped({ percent, whisper: false }, by).percent;
    expect([from(50, 1), from(50, -1), from(55, 1), from(55, -1)]).toEqual([60, 40, 60, 50]);
    expect([from(0, -1), from(100, 1), from(96, 1)]).toEqual([0, 100, 100]);
  });

  it("leaves the whisper as it is", () => {
    expect(stepped({ percent: 50, whisper: true }, 1)).toEqual({ percent: 60, whisper: true });
  });
});
