/**
 * Where a spot of the picture is in the room, and back. The camera is a pin-hole on a head that pans, then tilts.
 * Angles are degrees, pan positive to the robot's right, tilt positive up. Points are CSS pixels from the middle
 * of the picture, x to the right, y down.
 */

export interface Size {
  readonly width: number;
  readonly height: number;
}

export interface Point {
  readonly x: number;
  readonly y: number;
}

export interface Angles {
  readonly pan: number;
  readonly tilt: number;
}

export interface Limits {
  readonly pan_min_deg: number;
  readonly pan_max_deg: number;
  readonly tilt_min_deg: number;
  readonly tilt_max_deg: number;
}

/** A picture as it is drawn: its size in pixels and its focal length in the same pixels. */
export interface Lens {
  readonly size: Size;
  readonly focal: number;
}

const DEG = Math.PI / 180;
const MOST_SHIFT = 0.6; // of the picture: some of it stays in sight, however far the head has to go
const NEARLY_BESIDE = 0.05; // cosine; beyond about 87 degrees a point has no useful place in the picture

/** The lens of a picture drawn `size` large by a camera with this horizontal field of view. */
export function lens(size: Size, hfovDeg: number): Lens {
  return { size, focal: size.width / 2 / Math.tan((hfovDeg / 2) * DEG) };
}

/** The vertical field of view in degrees. */
export function verticalFov(of: Lens): number {
  return (2 * Math.atan(of.size.height / 2 / of.focal)) / DEG;
}

/** The direction in the room of a spot in the picture, seen by a camera that looks at `camera`. */
export function directionOf(of: Lens, camera: Angles, spot: Point): Angles {
  const t = camera.tilt * DEG;
  const right = spot.x / of.focal;
  const up = -spot.y / of.focal;
  const y = up * Math.cos(t) + Math.sin(t);
  const z = Math.cos(t) - up * Math.sin(t);
  return { pan: camera.pan + Math.atan2(right, z) / DEG, tilt: Math.atan2(y, Math.hypot(right, z)) / DEG };
}

/** The spot in the picture where a direction is seen; null when it is beside or behind the camera. */
export function spotOf(of: Lens, camera: Angles, direction: Angles): Point | null {
  const t = camera.tilt * DEG;
  const turn = (direction.pan - camera.pan) * DEG;
  const rise = direction.tilt * DEG;
  const y = Math.sin(rise);
  const z = Math.cos(rise) * Math.cos(turn);
  const ahead = y * Math.sin(t) + z * Math.cos(t);
  if (ahead < NEARLY_BESIDE) return null;
  const up = y * Math.cos(t) - z * Math.sin(t);
  return { x: (of.focal * Math.cos(rise) * Math.sin(turn)) / ahead, y: (-of.focal * up) / ahead };
}

/** Where the camera must look so that `direction` is seen at `spot`; of the two tilts, the one nearest `near`. */
export function cameraFor(of: Lens, direction: Angles, spot: Point, near: Angles): Angles {
  const length = Math.hypot(spot.x, spot.y, of.focal);
  const right = spot.x / length;
  const up = -spot.y / length;
  const ahead = of.focal / length;
  const lean = Math.atan2(ahead, up);
  const swing = Math.acos(bound(Math.sin(direction.tilt * DEG) / Math.hypot(up, ahead), -1, 1));
  const tilts = [lean - swing, lean + swing];
  const [t = 0] = tilts.sort((a, b) => Math.abs(a - near.tilt * DEG) - Math.abs(b - near.tilt * DEG));
  const z = ahead * Math.cos(t) - up * Math.sin(t);
  return { pan: direction.pan - Math.atan2(right, z) / DEG, tilt: t / DEG };
}

/** How far the picture taken at `pose` must be moved so that what is seen at `goal` is in the middle. */
export function shift(of: Lens, pose: Angles, goal: Angles): Point {
  const spot = spotOf(of, pose, goal);
  const x = spot ? spot.x : Math.sign(goal.pan - pose.pan) * of.size.width;
  const y = spot ? spot.y : 0;
  const [wide, high] = [of.size.width * MOST_SHIFT, of.size.height * MOST_SHIFT];
  return { x: 0 - bound(x, -wide, wide), y: 0 - bound(y, -high, high) };
}

/** The nearest angles that the head can reach. */
export function withinLimits(limits: Limits, wish: Angles): Angles {
  return {
    pan: bound(wish.pan, limits.pan_min_deg, limits.pan_max_deg),
    tilt: bound(wish.tilt, limits.tilt_min_deg, limits.tilt_max_deg),
  };
}

export type Side = "left" | "right" | "up" | "down";

/** The limit that cut a wish, or null. Pan is named before tilt. */
export function sideOfLimit(limits: Limits, wish: Angles): Side | null {
  if (wish.pan > limits.pan_max_deg) return "right";
  if (wish.pan < limits.pan_min_deg) return "left";
  if (wish.tilt > limits.tilt_max_deg) return "up";
  return wish.tilt < limits.tilt_min_deg ? "down" : null;
}

/** The largest distance of the two angles, in degrees. */
export function apart(a: Angles, b: Angles): number {
  return Math.max(Math.abs(a.pan - b.pan), Math.abs(a.tilt - b.tilt));
}

/**
 * How large to draw a picture on a stage: it covers the stage as long as that hides no more than `mayHide`
 * (a fraction) of its width or height, and is otherwise as large as that allows.
 */
export function fit(stage: Size, picture: Size, mayHide: number): Size {
  const across = stage.width / picture.width;
  const down = stage.height / picture.height;
  const scale = Math.min(Math.max(across, down), Math.min(across, down) / (1 - mayHide));
  return { width: picture.width * scale, height: picture.height * scale };
}

export function bound(value: number, least: number, most: number): number {
  return Math.min(Math.max(value, least), most);
}
