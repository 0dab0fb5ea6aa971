import { describe, expect, it } from "vitest";
import type { RobotState } from "../src/generated/wire";
import { AGAIN_MS, FULL_AGAIN_MS, SOON_MS, pauseAfter, relativesHindrance } from "../src/session/watchRule";

const CHOICES = { relatives_watch: true, heard_elsewhere: false, named_elsewhere: false };

function state(change: Partial<RobotState>): RobotState {
  return { private: false, session: { id: "session-kari" }, choices: CHOICES, ...change } as RobotState;
}

describe("what keeps a relative out", () => {
  it("is said in the order in which one can do nothing about it", () => {
    expect(relativesHindrance(null, true)).toBe("off");
    expect(relativesHindrance(state({}), false)).toBe("off");
    expect(relativesHindrance(state({ private: true, session: null }), true)).toBe("private");
    expect(relativesHindrance(state({ mode: "one_to_one" }), true)).toBe("by_itself");
    expect(relativesHindrance(state({ session: null }), true)).toBe("nobody_in");
    expect(relativesHindrance(state({ choices: { ...CHOICES, relatives_watch: false } }), true)).toBe("not_allowed");
    expect(relativesHindrance(state({}), true)).toBeNull();
  });

  it("makes a page wait before it asks again, the longest where it is full", () => {
    expect([pauseAfter("not_allowed"), pauseAfter("lost"), pauseAfter("full")]).toEqual([SOON_MS, AGAIN_MS, FULL_AGAIN_MS]);
  });
});
