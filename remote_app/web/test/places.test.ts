import { describe, expect, it } from "vitest";
import { STEP_DEG, Turning } from "../src/leader/places";

const LIMITS = { pan_min_deg: -175, pan_max_deg: 175, tilt_min_deg: -25, tilt_max_deg: 40 };

const going = (pan: number, tilt = 0) =>
  ({ type: "pose", pan_deg: 0, tilt_deg: 0, goal_pan_deg: pan, goal_tilt_deg: tilt, moving: true, at_limit: false, seq: 0 }) as const;

describe("a leader who turns the head", () => {
  it("goes on from where the head goes, not from where it is", () => {
    expect(new Turning().next("right", going(30, 5), LIMITS, 0)).toEqual({ pan_deg: 30 + STEP_DEG, tilt_deg: 5 });
  });

  it("counts presses that the robot has not heard of yet", () => {
    const turning = new Turning();
    turning.next("left", going(0), LIMITS, 0);
    turning.next("left", going(0), LIMITS, 200);
    expect(turning.next("up", going(-STEP_DEG), LIMITS, 400)).toEqual({ pan_deg: -2 * STEP_DEG, tilt_deg: STEP_DEG });
  });

  it("believes the robot again when its own word is old", () => {
    const turning = new Turning();
    turning.next("left", going(0), LIMITS, 0);
    expect(turning.next("left", going(0), LIMITS, 60_000)).toEqual({ pan_deg: -STEP_DEG, tilt_deg: 0 });
  });

  it("stays within the limits, and begins straight ahead when nothing is known", () => {
    const turning = new Turning();
    expect(turning.next("up", going(0, 38), LIMITS, 0).tilt_deg).toBe(40);
    expect(new Turning().next("down", null, LIMITS, 0)).toEqual({ pan_deg: 0, tilt_deg: -STEP_DEG });
  });
});
