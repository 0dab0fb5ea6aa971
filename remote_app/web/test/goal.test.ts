import { describe, expect, it } from "vitest";
import { GOAL_GIVE_UP_MS, SET_POINT_BY_SERVICE_MS, SET_POINT_LEAST_MS } from "../src/session/timing";
import { GoalStream } from "../src/view/goal";
import { frameOnMap, heading } from "../src/view/map";
import { PoseTrail } from "../src/view/poses";

const pose = (pan: number, seq = 0, atLimit = false) => ({ pan, tilt: 0, seq, atLimit });

/** When set-points go, asked every millisecond; `fingerMs`: how far apart a finger's moves come, the last at `until`. */
function sent(stream: GoalStream, until: number, end: number, fingerMs: number, apartMs = 0): [number, number][] {
  const went: [number, number][] = [];
  for (let now = 0; now < end; now += 1) {
    if (now <= until && now % fingerMs === 0) stream.aim({ pan: now, tilt: 0 }, now);
    const point = stream.next(now, apartMs);
    if (point) went.push([now, point.pan]);
  }
  return went;
}

describe("a goal", () => {
  it("is sent with growing sequence until the head is there", () => {
    const stream = new GoalStream(100);
    stream.aim({ pan: 30, tilt: 0 }, 0);
    expect(stream.next(0)).toEqual({ pan: 30, tilt: 0, seq: 100 });
    expect(stream.next(9)).toBeNull();
    expect(stream.next(10)?.seq).toBe(101);
    stream.settle(pose(29.4), 60);
    expect(stream.current).not.toBeNull();
    stream.settle(pose(29.5), 90);
    expect(stream.current).toBeNull();
    expect(stream.next(200)).toBeNull();
    expect(stream.dueAt(0)).toBe(Infinity);
  });

  it("goes at once, twice more soon, and then every 50 ms", () => {
    const went = sent(new GoalStream(1), 0, 200, 1000).map(([at]) => at);
    expect(went).toEqual([0, 10, 20, 70, 120, 170]);
  });

  it("that a finger drags along is new at most 50 times a second, and not sent twice meanwhile", () => {
    const went = sent(new GoalStream(1), 480, 480, 16).filter(([at]) => at >= 16); // it began as a tap
    const gaps = went.slice(1).map(([at], i) => at - went[i]![0]);
    expect(Math.min(...gaps)).toBeGreaterThanOrEqual(SET_POINT_LEAST_MS);
    expect(went.length).toBeGreaterThanOrEqual(22);
    expect(new Set(went.map(([, pan]) => pan)).size).toBe(went.length);
  });

  it("is where the finger stopped within 20 ms, whatever the rhythm, and goes twice more", () => {
    for (const fingerMs of [7, 16, 33]) {
      const until = fingerMs * 20;
      const last = sent(new GoalStream(1), until, until + 75, fingerMs).filter(([, pan]) => pan === until);
      expect(last[0]![0]).toBeLessThanOrEqual(until + SET_POINT_LEAST_MS);
      expect(last.length).toBe(3);
    }
  });

  it("waits for no repetition of the one before it", () => {
    const stream = new GoalStream(1);
    stream.aim({ pan: 30, tilt: 0 }, 0);
    stream.next(0);
    stream.next(10);
    stream.next(20);
    stream.aim({ pan: 40, tilt: 0 }, 22);
    expect(stream.next(22)?.pan).toBe(40);
  });

  it("goes by the service ten times a second at most", () => {
    const went = sent(new GoalStream(1), 480, 480, 16, SET_POINT_BY_SERVICE_MS);
    expect(went.map(([at]) => at)).toEqual([0, 100, 200, 300, 400]);
  });

  it("says when it is due, so that nobody has to ask more often", () => {
    const stream = new GoalStream(1);
    expect(stream.dueAt(0)).toBe(Infinity);
    stream.aim({ pan: 30, tilt: 0 }, 5);
    expect(stream.dueAt(0)).toBeLessThanOrEqual(5);
    for (let now = 5, times = 0; times < 6; times += 1) {
      expect(stream.next(now)).not.toBeNull();
      const due = stream.dueAt(0);
      expect(due).toBeGreaterThan(now);
      expect(stream.next(due - 0.1)).toBeNull();
      now = due;
    }
  });

  it("ends at a limit, but not by a pose from before it", () => {
    const stream = new GoalStream(1);
    stream.aim({ pan: 90, tilt: 0 }, 0);
    stream.next(0);
    stream.aim({ pan: 200, tilt: 0 }, 100);
    stream.next(100);
    stream.settle(pose(60, 1, true), 110);
    expect(stream.current).not.toBeNull();
    stream.settle(pose(175, 2, true), 120);
    expect(stream.current).toBeNull();
  });

  it("is given up when nothing comes of it, counted from the last wish", () => {
    const stream = new GoalStream(1);
    stream.aim({ pan: 30, tilt: 0 }, 0);
    stream.aim({ pan: 40, tilt: 0 }, 1000);
    stream.settle(null, GOAL_GIVE_UP_MS + 999);
    expect(stream.current).not.toBeNull();
    stream.settle(null, GOAL_GIVE_UP_MS + 1000);
    expect(stream.current).toBeNull();
  });

  it("is sent at least once even when the head is there already", () => {
    const stream = new GoalStream(1);
    stream.aim({ pan: 0, tilt: 0 }, 0);
    stream.settle(pose(0), 1);
    expect(stream.next(2)).not.toBeNull();
  });
});

describe("the trail of poses", () => {
  it("knows where the head was between two poses, and holds outside", () => {
    const trail = new PoseTrail();
    expect(trail.at(5)).toBeNull();
    trail.add({ pan: 0, tilt: 0 }, 100);
    trail.add({ pan: 10, tilt: -4 }, 200);
    expect(trail.at(50)).toEqual({ pan: 0, tilt: 0 });
    expect(trail.at(150)).toEqual({ pan: 5, tilt: -2 });
    expect(trail.at(999)).toEqual({ pan: 10, tilt: -4 });
  });

  it("does not grow without end", () => {
    const trail = new PoseTrail();
    for (let i = 0; i < 1000; i += 1) trail.add({ pan: i, tilt: 0 }, i);
    expect(trail.at(0)?.pan).toBeGreaterThan(900);
  });
});

describe("the map of the head", () => {
  const limits = { pan_min_deg: -175, pan_max_deg: 175, tilt_min_deg: -25, tilt_max_deg: 40 };
  const fov = { h: 78, v: 49 };

  it("has the frame in the corners when the head is at its limits", () => {
    const low = frameOnMap(limits, fov, { pan: -175, tilt: -25 });
    expect([low.left, low.top + low.height]).toEqual([0, 1]);
    const high = frameOnMap(limits, fov, { pan: 175, tilt: 40 });
    expect(high.left + high.width).toBeCloseTo(1, 9);
    expect(high.top).toBe(0);
  });

  it("says the side in words' terms", () => {
    expect(heading({ pan: -30.4, tilt: 2 })).toEqual({ across: "left", upright: "level", pan: 30, tilt: 2 });
    expect(heading({ pan: 4.9, tilt: 12 })).toEqual({ across: "ahead", upright: "up", pan: 5, tilt: 12 });
  });
});
