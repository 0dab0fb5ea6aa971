import type { Angles } from "./geometry";

const KEPT = 64; // two seconds at 30 Hz

/** The last poses with their times, so that a frame can be asked where the head was when it was taken. */
export class PoseTrail {
  private readonly trail: { at: number; pose: Angles }[] = [];

  add(pose: Angles, at: number): void {
    this.trail.push({ at, pose });
    if (this.trail.length > KEPT) this.trail.shift();
  }

  clear(): void {
    this.trail.length = 0;
  }

  /** The pose at a time, straight between the two beside it; the oldest or newest outside; null without any. */
  at(time: number): Angles | null {
    const after = this.trail.findIndex((entry) => entry.at >= time);
    if (after === -1) return this.trail.at(-1)?.pose ?? null;
    const b = this.trail[after];
    const a = this.trail[after - 1];
    if (!a || !b) return b?.pose ?? null;
    const part = (time - a.at) / (b.at - a.at || 1);
    return {
      pan: a.pose.pan + (b.pose.pan - a.pose.pan) * part,
      tilt: a.pose.tilt + (b.pose.tilt - a.pose.tilt) * part,
    };
  }
}
