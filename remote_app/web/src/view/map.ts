import { type Angles, type Limits, bound } from "./geometry";

/** A rectangle in parts (0..1) of the map's width and height. */
export interface Frame {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

/** Where the view at `pose` lies on a map of everything that the head can show. */
export function frameOnMap(limits: Limits, fov: { h: number; v: number }, pose: Angles): Frame {
  const wide = limits.pan_max_deg - limits.pan_min_deg + fov.h;
  const high = limits.tilt_max_deg - limits.tilt_min_deg + fov.v;
  const width = fov.h / wide;
  const height = fov.v / high;
  return {
    left: bound((pose.pan - limits.pan_min_deg) / wide, 0, 1 - width),
    top: bound((limits.tilt_max_deg - pose.tilt) / high, 0, 1 - height),
    width,
    height,
  };
}

const STRAIGHT_DEG = 5; // less than this is "straight ahead" to a person

export interface Heading {
  readonly across: "left" | "right" | "ahead";
  readonly upright: "up" | "down" | "level";
  readonly pan: number;
  readonly tilt: number;
}

/** Where the head looks, ready for words: sides, and whole degrees without sign. */
export function heading(pose: Angles): Heading {
  const across = Math.abs(pose.pan) < STRAIGHT_DEG ? "ahead" : pose.pan > 0 ? "right" : "left";
  const upright = Math.abs(pose.tilt) < STRAIGHT_DEG ? "level" : pose.tilt > 0 ? "up" : "down";
  return { across, upright, pan: Math.round(Math.abs(pose.pan)), tilt: Math.round(Math.abs(pose.tilt)) };
}
