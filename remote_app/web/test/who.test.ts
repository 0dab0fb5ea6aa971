import { describe, expect, it } from "vitest";
import type { Watcher } from "../src/generated/wire";
import { NOTHING, isDue, same } from "../src/session/choices";
import { REPLY_TIMEOUT_MS } from "../src/session/timing";
import { newcomers } from "../src/words/who";

const per = (seeing: boolean): Watcher => ({ role: "relative", name: "Per", connection: null, since_s: 1, seeing });

describe("who begins to watch", () => {
  it("is said when they see, and once", () => {
    expect(newcomers([], [per(false)])).toEqual([]);
    expect(newcomers([per(false)], [per(true)])).toEqual([per(true)]);
    expect(newcomers([per(true)], [per(true)])).toEqual([]);
  });

  it("knows two of one name from one", () => {
    expect(newcomers([per(true)], [per(true), per(true)])).toHaveLength(1);
  });
});

describe("what the person allows", () => {
  const wish = { ...NOTHING, relatives_watch: true };

  it("is asked for until the robot does it, and again when it has forgotten", () => {
    expect(isDue(null, wish, 0, -Infinity)).toBe(false);
    expect(isDue(wish, NOTHING, 0, -Infinity)).toBe(true);
    expect(isDue(wish, NOTHING, REPLY_TIMEOUT_MS - 1, 0)).toBe(false);
    expect(isDue(wish, NOTHING, REPLY_TIMEOUT_MS, 0)).toBe(true);
    expect(isDue(wish, wish, 1e9, 0)).toBe(false);
  });

  it("is the same only when all of it is", () => {
    expect(same(wish, { ...wish })).toBe(true);
    expect(same(wish, { ...wish, named_elsewhere: true })).toBe(false);
  });
});
