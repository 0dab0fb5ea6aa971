import type { RobotState } from "../generated/wire";

type Pose = NonNullable<RobotState["pose"]>;
type Limits = RobotState["limits"];

export interface Angles {
  readonly pan_deg: number;
  readonly tilt_deg: number;
}

export const STEP_DEG = 10; // as the arrows of the patient's page
const ASKED_COUNTS_MS = 1500; // until the robot's own word has come back over a slow line

export type Side = "left" | "right" | "up" | "down";

const STEPS: Readonly<Record<Side, Angles>> = {
  left: { pan_deg: -STEP_DEG, tilt_deg: 0 },
  right: { pan_deg: STEP_DEG, tilt_deg: 0 },
  up: { pan_deg: 0, tilt_deg: STEP_DEG },
  down: { pan_deg: 0, tilt_deg: -STEP_DEG },
};

const within = (least: number, value: number, most: number): number => Math.min(most, Math.max(least, value));

/** Where the head is asked to look, step by step: from where it goes, or was just asked to. Pure. */
export class Turning {
  private asked: { readonly to: Angles; readonly at: number } | null = null;

  next(side: Side, pose: Pose | null, limits: Limits, now: number): Angles {
    const going = pose ? { pan_deg: pose.goal_pan_deg, tilt_deg: pose.goal_tilt_deg } : { pan_deg: 0, tilt_deg: 0 };
    const from = this.asked && now - this.asked.at < ASKED_COUNTS_MS ? this.asked.to : going;
    const to = {
      pan_deg: within(limits.pan_min_deg, from.pan_deg + STEPS[side].pan_deg, limits.pan_max_deg),
      tilt_deg: within(limits.tilt_min_deg, from.tilt_deg + STEPS[side].tilt_deg, limits.tilt_max_deg),
    };
    this.asked = { to, at: now };
    return to;
  }
}
