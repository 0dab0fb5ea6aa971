import { describe, expect, it } from "vitest";
import type { Done, Heard, Refused, RobotState } from "../src/generated/wire";
import type { RobotView } from "../src/leader/board";
import { LevelSeen, canBePlaced, powerWords, stepAfter, toneHeard } from "../src/leader/guide";
import { leadersHindrance } from "../src/leader/look";
import { LEAST_PERCENT, MOST_ROUNDS, fitted } from "../src/leader/loud";

function view(state: Partial<RobotState> | null, present = true): RobotView {
  const whole = state && { private: false, session: null, faults: [], ...state };
  return { robot: "vefsn", place: "Vefsn", present, state: whole as RobotState | null, stateAt: 0, waiting: [], waitingAt: 0 };
}

const inside = { session: { id: "session-kari" } } as Partial<RobotState>;
const heard = (hearing: Heard["hearing"], snr: number | null = null): Heard => ({ hearing, snr_db: snr, delay_ms: 20, since_s: 0 });

describe("the guide", () => {
  it("has five steps and no sixth", () => {
    expect(stepAfter("power", -1)).toBe("power");
    expect(stepAfter("power", 1)).toBe("stand");
    expect(stepAfter("volume", 1)).toBe("volume");
  });

  it("is for a robot with nobody in it, one that is off too", () => {
    expect(canBePlaced(view(null, false))).toBe(true);
    expect(canBePlaced(view({}))).toBe(true);
    expect(canBePlaced(view(inside))).toBe(false);
    expect(canBePlaced(view(inside, false))).toBe(true);
  });

  it("says first what takes everything away", () => {
    expect(powerWords(view({}, false))).toBe("guide.power.waits");
    expect(powerWords(view(null))).toBe("guide.power.waits");
    expect(powerWords(view({ private: true, faults: ["camera"] }))).toBe("guide.power.private");
    expect(powerWords(view({ faults: ["camera"] }))).toBe("guide.power.faults");
    expect(powerWords(view({}))).toBe("guide.power.on");
  });

  it("has a word for whatever becomes of the tone", () => {
    const done = (applied: unknown): Done => ({ type: "done", applied }) as Done;
    const refused = (reason: Refused["reason"]): Refused => ({ type: "refused", reason }) as Refused;
    expect(toneHeard(done({ type: "heard_applied", heard: heard("faint") }))).toBe("faint");
    expect(toneHeard(done({ type: "session_ended" }))).toBe("no_answer");
    expect(toneHeard(refused("busy"))).toBe("busy");
    expect(toneHeard(refused("part_broken"))).toBe("closed");
    expect(toneHeard(null)).toBe("no_answer");
  });

  it("hears a room that speaks, not a click, and says when it stays silent", () => {
    const seen = new LevelSeen();
    expect(seen.look(0.9, 0)).toBe("waits");
    expect(seen.look(0, 7_999)).toBe("waits");
    expect(seen.look(0, 8_000)).toBe("silent");
    for (let at = 0; at < 2; at++) seen.look(0.4, 9_000 + at);
    expect(seen.look(0.4, 9_100)).toBe("moves");
    expect(seen.look(0, 60_000)).toBe("moves");
  });

  it("shows a room that the leader may see now", () => {
    expect(leadersHindrance(view({}), false)).toBe("offline");
    expect(leadersHindrance(view({}, false), true)).toBe("off");
    expect(leadersHindrance(view({ private: true }), true)).toBe("private");
    expect(leadersHindrance(view(inside), true)).toBeNull();
  });
});

/** Where the volume ends in a room that hears `full` dB over its noise at 100 %. */
function settled(full: number, from: number): { percent: number; rounds: number; last: string } {
  let percent = from;
  for (let rounds = 1; ; rounds++) {
    const snr = full + 33.2 * Math.log10(percent / 100);
    const fit = fitted(percent, heard(snr >= 15 ? "heard" : snr >= 0 ? "faint" : "not_heard", snr >= 0 ? snr : null));
    if (fit.kind !== "set") return { percent, rounds, last: fit.kind === "stop" ? fit.why : fit.kind };
    percent = fit.percent;
    if (rounds === MOST_ROUNDS) return { percent, rounds, last: "set" };
  }
}

describe("hører dere meg?", () => {
  it.each([
    [20, 100],
    [24, 60],
    [30, 100],
    [35, 100],
    [30, 40],
    [60, 100],
    [26, 30],
  ])("fits a room of %d dB from %d %%, within the rounds that there are", (full, from) => {
    const { percent, last } = settled(full, from);
    expect(last).toBe("fits");
    expect(percent).toBeGreaterThanOrEqual(LEAST_PERCENT);
    expect(full + 33.2 * Math.log10(percent / 100)).toBeGreaterThanOrEqual(18);
  });

  it("is as loud as it can be before it says that it is faint, or not heard", () => {
    expect(settled(10, 60)).toMatchObject({ percent: 100, last: "faint" });
    expect(settled(-5, 60)).toMatchObject({ percent: 100, last: "not_heard" });
    expect(fitted(100, heard("unknown"))).toEqual({ kind: "stop", why: "unknown" });
  });

  it("leaves a room that hears it alone", () => {
    expect(fitted(80, heard("heard", 24))).toEqual({ kind: "fits" });
    expect(fitted(80, heard("heard"))).toEqual({ kind: "fits" });
    expect(fitted(100, heard("heard", 16))).toEqual({ kind: "fits" });
    expect(fitted(LEAST_PERCENT, heard("heard", 50))).toEqual({ kind: "fits" });
  });
});
