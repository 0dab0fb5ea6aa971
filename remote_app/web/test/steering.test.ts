import { effect } from "@preact/signals";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { SetPoint } from "../src/generated/wire";
import { Steering } from "../src/session/steering";
import { SET_POINT_LEAST_MS } from "../src/session/timing";
import { STEADY_MS } from "../src/view/steps";
import * as store from "../src/store";

const pose = (pan: number) => ({ type: "pose", pan_deg: pan, tilt_deg: 0, seq: 0, at_limit: false, moving: false }) as never;

const there = (pan: number, seq: number) => ({ type: "pose", pan_deg: pan, tilt_deg: 0, seq, at_limit: false, moving: false }) as never;

/** Steering on a data channel; what went, and how often something of it was shown. */
function steering(): { readonly it: Steering; readonly went: string[] } {
  const went: string[] = [];
  const it = new Steering({ carrier: () => "motion", send: (point: SetPoint) => void went.push(`sent ${point.pan_deg}`) });
  it.drawnAt({ width: 1280, height: 720 });
  return { it, went };
}

beforeEach(() => {
  vi.useFakeTimers();
  store.goal.value = store.pose.value = store.limitHit.value = null;
});
afterEach(() => void vi.useRealTimers());

describe("steering", () => {
  it("sends a goal before it shows anything of it", () => {
    const { it: steers, went } = steering();
    const stop = effect(() => {
      if (store.goal.value ?? store.limitHit.value) went.push("shown");
    });
    steers.step({ pan: 500, tilt: 0 }, 0);
    stop();
    expect(went[0]).toBe("sent 175");
    expect(went).toContain("shown");
    expect(store.limitHit.value).toBe("right");
  });

  it("turns to a saved place, as far as the head goes", () => {
    const { it: steers, went } = steering();
    steers.lookAt({ pan: -200, tilt: 12 }, 0);
    expect(went).toEqual(["sent -175"]);
    expect(store.goal.value).toMatchObject({ pan: -175, tilt: 12 });
  });

  it("shows a finger's goal no more often than it sends one", () => {
    const { it: steers, went } = steering();
    let shown = 0;
    const stop = effect(() => void (store.goal.value && (shown += 1)));
    steers.grab({ x: 0, y: 0 }, 0);
    for (let now = 0; now < 200; now += 2) steers.drag({ x: -now, y: 0 }, now);
    stop();
    expect(went.length).toBeLessThanOrEqual(200 / SET_POINT_LEAST_MS);
    expect(went.length).toBeGreaterThan(5);
    expect(shown).toBeLessThanOrEqual(went.length);
  });

  it("does not draw a head that stands thirty times a second", () => {
    const { it: steers } = steering();
    steers.poseCame(pose(10), 0);
    const first = store.pose.value;
    steers.poseCame(pose(10.09), 33);
    expect(store.pose.value).toBe(first);
    steers.poseCame(pose(10.2), 66);
    expect(store.pose.value?.pan).toBe(10.2);
  });

  it.each([["a head that comes there", 1], ["one that is held on the way", 0.5]])("lets the picture come to rest without a jump: %s", (_, reach) => {
    const { it: steers } = steering();
    steers.poseCame(pose(0), 0);
    const spots: ({ readonly x: number; readonly y: number } | null)[] = [];
    let [head, told] = [0, 0];
    steers.tap({ x: 400, y: 0 }, 100);
    const goal = store.goal.value?.pan ?? 0;
    for (let now = 116; now < 8000; now += 16) {
      head = Math.min(head + 1, goal * reach); // 60 degrees a second
      if (now - told >= 33) steers.poseCame(there(head, Number.MAX_SAFE_INTEGER), (told = now));
      steers.tick(now);
      spots.push(steers.frame(now, 16, true));
    }
    const end = spots.indexOf(null);
    expect(goal).toBeGreaterThan(20);
    expect(Math.abs(spots[0]?.x ?? 0)).toBeGreaterThan(20); // it pans at once
    expect(end).toBeGreaterThan(0);
    expect(new Set(spots.slice(end))).toEqual(new Set([null]));
    expect(Math.hypot(spots[end - 1]?.x ?? 0, spots[end - 1]?.y ?? 0)).toBeLessThan(20);
  });

  it("turns in steps over a slow line: a drag is one, when it is let go, and the next waits for the head", () => {
    const { it: steers, went } = steering();
    steers.lineIs(600, 0);
    steers.lineIs(600, STEADY_MS);
    steers.poseCame(pose(0), STEADY_MS);
    const now = STEADY_MS + 100;
    steers.grab({ x: 0, y: 0 }, now);
    for (let x = 0; x < 100; x += 5) steers.drag({ x: -x, y: 0 }, now + x);
    steers.tick(now + 100);
    expect(went).toEqual([]);
    expect(store.goal.value?.pan).toBeGreaterThan(0); // it can be seen where the head will look
    steers.release(now + 110);
    expect(new Set(went).size).toBe(1);
    const [first] = went;
    const goal = store.goal.value?.pan ?? 0;
    steers.tick(now + 120);
    expect(store.steps.value).toBe("turning");
    steers.tap({ x: 300, y: 0 }, now + 130);
    steers.step({ pan: 10, tilt: 0 }, now + 140);
    expect(new Set(went)).toEqual(new Set([first]));
    steers.poseCame(there(goal, Number.MAX_SAFE_INTEGER), now + 900);
    steers.tick(now + 900);
    expect(store.steps.value).toBe("ready");
    steers.step({ pan: 10, tilt: 0 }, now + 1000);
    steers.tick(now + 1001);
    expect(store.goal.value?.pan).toBeCloseTo(goal + 20);
  });
});
