import { describe, expect, it } from "vitest";
import * as g from "../src/view/geometry";

const LENS = g.lens({ width: 1280, height: 720 }, 78);
const LIMITS = { pan_min_deg: -175, pan_max_deg: 175, tilt_min_deg: -25, tilt_max_deg: 40 };
const CAMERAS = [
  { pan: 0, tilt: 0 },
  { pan: 40, tilt: 20 },
  { pan: -120, tilt: -25 },
  { pan: 175, tilt: 40 },
];
const SPOTS = [
  { x: 0, y: 0 },
  { x: 300, y: -120 },
  { x: -640, y: 360 },
  { x: 640, y: -360 },
];

describe("the lens", () => {
  it("sees the edge of the picture at half the field of view", () => {
    expect(g.directionOf(LENS, { pan: 0, tilt: 0 }, { x: 640, y: 0 }).pan).toBeCloseTo(39, 9);
    expect(g.verticalFov(LENS)).toBeCloseTo(48.97, 1);
  });

  it("is a perspective: half of the way to the edge is more than half of the angle", () => {
    const half = g.directionOf(LENS, { pan: 0, tilt: 0 }, { x: 320, y: 0 }).pan;
    expect(half).toBeCloseTo((Math.atan(Math.tan((39 * Math.PI) / 180) / 2) * 180) / Math.PI, 9);
    expect(half).toBeGreaterThan(22);
  });

  it("has right to the right and up upwards", () => {
    const seen = g.directionOf(LENS, { pan: 0, tilt: 0 }, { x: 100, y: -100 });
    expect(seen.pan).toBeGreaterThan(0);
    expect(seen.tilt).toBeGreaterThan(0);
  });
});

describe("a spot and its direction", () => {
  for (const camera of CAMERAS) {
    for (const spot of SPOTS) {
      it(`come back from each other at ${JSON.stringify({ camera, spot })}`, () => {
        const direction = g.directionOf(LENS, camera, spot);
        const back = g.spotOf(LENS, camera, direction);
        expect(back?.x).toBeCloseTo(spot.x, 6);
        expect(back?.y).toBeCloseTo(spot.y, 6);
      });

      it(`tell where the camera is at ${JSON.stringify({ camera, spot })}`, () => {
        const direction = g.directionOf(LENS, camera, spot);
        const found = g.cameraFor(LENS, direction, spot, camera);
        expect(g.apart(found, camera)).toBeLessThan(1e-6);
      });
    }
  }

  it("behind the camera has no spot", () => {
    expect(g.spotOf(LENS, { pan: 0, tilt: 0 }, { pan: 120, tilt: 0 })).toBeNull();
  });
});

describe("the shift of the picture", () => {
  it("is nothing when the head is where it should be", () => {
    expect(g.shift(LENS, { pan: 12, tilt: 3 }, { pan: 12, tilt: 3 })).toEqual({ x: 0, y: 0 });
  });

  it("puts what is at the goal into the middle", () => {
    const goal = g.directionOf(LENS, { pan: 0, tilt: 0 }, { x: 200, y: -80 });
    const moved = g.shift(LENS, { pan: 0, tilt: 0 }, goal);
    expect(moved.x).toBeCloseTo(-200, 6);
    expect(moved.y).toBeCloseTo(80, 6);
  });

  it("leaves some of the picture in sight, and goes to the right side, when the goal is behind", () => {
    expect(g.shift(LENS, { pan: 0, tilt: 0 }, { pan: 170, tilt: 0 }).x).toBeCloseTo(-0.6 * 1280, 6);
    expect(g.shift(LENS, { pan: 0, tilt: 0 }, { pan: -170, tilt: 0 }).x).toBeCloseTo(0.6 * 1280, 6);
  });
});

describe("limits", () => {
  it("cut a wish and name the side", () => {
    expect(g.withinLimits(LIMITS, { pan: 200, tilt: -60 })).toEqual({ pan: 175, tilt: -25 });
    expect(g.sideOfLimit(LIMITS, { pan: 200, tilt: 0 })).toBe("right");
    expect(g.sideOfLimit(LIMITS, { pan: -200, tilt: 0 })).toBe("left");
    expect(g.sideOfLimit(LIMITS, { pan: 0, tilt: 41 })).toBe("up");
    expect(g.sideOfLimit(LIMITS, { pan: 0, tilt: -26 })).toBe("down");
    expect(g.sideOfLimit(LIMITS, { pan: 175, tilt: 40 })).toBeNull();
  });
});

describe("the size of the picture", () => {
  const picture = { width: 1280, height: 720 };

  it("covers a stage of nearly its own shape", () => {
    const size = g.fit({ width: 1180, height: 676 }, picture, 0.25);
    expect(size.height).toBeCloseTo(676, 6);
    expect(size.width).toBeGreaterThan(1180);
  });

  it("hides no more than it may on an upright stage, and keeps its proportions", () => {
    const size = g.fit({ width: 820, height: 980 }, picture, 0.25);
    expect(820 / size.width).toBeCloseTo(0.75, 6);
    expect(size.width / size.height).toBeCloseTo(16 / 9, 6);
  });
});
