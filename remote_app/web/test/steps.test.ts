import { describe, expect, it } from "vitest";
import { GOAL_GIVE_UP_MS } from "../src/session/timing";
import { STEADY_MS, StepMode } from "../src/view/steps";
import { stepWords } from "../src/words/steps";

const at = (pan: number, seq: number, atLimit = false) => ({ pan, tilt: 0, seq, atLimit });

/** The same round trip for long enough to count, until `STEADY_MS` after `from`. */
function hear(steps: StepMode, rttMs: number, from: number): void {
  for (let now = from; now <= from + STEADY_MS; now += STEADY_MS / 2) steps.heard(rttMs, now);
}

function slow(): StepMode {
  const steps = new StepMode();
  hear(steps, 600, -STEADY_MS);
  return steps;
}

describe("turning over a slow line", () => {
  it("is in steps above 400 ms, and freely again below 350", () => {
    const steps = new StepMode();
    const said = [400, 401, 390, 350, 349, 390, 401].map((rtt, i) => (hear(steps, rtt, i * 10_000), steps.on));
    expect(said).toEqual([false, true, true, true, false, false, true]);
    steps.heard(null, 100_000);
    expect(steps.on).toBe(true);
  });

  it("is not begun by one measurement that came late", () => {
    const steps = new StepMode();
    steps.heard(900, 0);
    steps.heard(90, STEADY_MS / 2);
    steps.heard(900, STEADY_MS);
    steps.heard(900, 2 * STEADY_MS - 1);
    expect(steps.on).toBe(false);
    steps.heard(900, 2 * STEADY_MS);
    expect(steps.on).toBe(true);
  });

  it("takes every wish on a quick line", () => {
    const steps = new StepMode();
    expect(steps.take({ pan: 10, tilt: 0 }, 1, 0)).toBe(true);
    expect(steps.take({ pan: 20, tilt: 0 }, 2, 0)).toBe(true);
    expect(steps.stepOf({ pan: 10, tilt: 0 })).toEqual({ pan: 10, tilt: 0 });
    expect([steps.shown, stepWords(steps.shown)]).toEqual(["off", null]);
  });

  it("waits with the next wish until the measured pose is there", () => {
    const steps = slow();
    expect(steps.shown).toBe("ready");
    expect(steps.take({ pan: 20, tilt: 0 }, 5, 0)).toBe(true);
    expect([steps.shown, stepWords(steps.shown)]).toEqual(["turning", "status.steps.turning"]);
    steps.settle(at(12, 5), 300);
    expect(steps.take({ pan: 40, tilt: 0 }, 6, 300)).toBe(false);
    steps.settle(at(19.6, 5), 700);
    expect(steps.take({ pan: 40, tilt: 0 }, 6, 700)).toBe(true);
  });

  it("is not over by a pose from before the wish", () => {
    const steps = slow();
    steps.take({ pan: 20, tilt: 0 }, 5, 0);
    steps.settle(at(20, 4), 100);
    steps.settle(at(7, 4, true), 110);
    expect(steps.shown).toBe("turning");
    steps.settle(at(7, 5, true), 120);
    expect(steps.shown).toBe("ready");
  });

  it("does not wait for ever, nor for a line that is gone or has become quick", () => {
    const given = slow();
    given.take({ pan: 20, tilt: 0 }, 1, 0);
    given.settle(null, GOAL_GIVE_UP_MS - 1);
    expect(given.shown).toBe("turning");
    given.settle(null, GOAL_GIVE_UP_MS);
    expect(given.shown).toBe("ready");
    const gone = slow();
    gone.take({ pan: 20, tilt: 0 }, 1, 0);
    gone.forget();
    expect(gone.take({ pan: 20, tilt: 0 }, 2, 1)).toBe(true);
    hear(gone, 100, 0);
    expect(gone.take({ pan: 40, tilt: 0 }, 3, 2)).toBe(true);
  });

  it("makes an arrow's step large enough to be seen", () => {
    expect(slow().stepOf({ pan: -10, tilt: 5 })).toEqual({ pan: -20, tilt: 10 });
  });
});
