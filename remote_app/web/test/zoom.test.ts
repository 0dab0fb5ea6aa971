import { describe, expect, it } from "vitest";
import { WHOLE, holds, limited, panned, placed, seen, zoomedAt } from "../src/view/zoom";

const STAGE = { width: 1000, height: 500 };
const FULL = { width: 4000, height: 3000 };
const ALL = { left: 0, top: 0, width: 1, height: 1 };

describe("zoom", () => {
  it("begins with all of the picture in the middle", () => {
    const box = placed(ALL, WHOLE, STAGE, FULL);
    expect(box.height).toBeCloseTo(500);
    expect(box.x).toBeCloseTo((1000 - box.width) / 2);
    expect(seen(WHOLE, STAGE, FULL)).toEqual(ALL);
  });

  it("keeps what lies under the finger", () => {
    let zoom = zoomedAt(WHOLE, 3, { x: 500, y: 250 }, STAGE, FULL);
    const at = { x: 480, y: 310 };
    const share = (z: typeof zoom): readonly [number, number] => {
      const box = placed(ALL, z, STAGE, FULL);
      return [(at.x - box.x) / box.width, (at.y - box.y) / box.height];
    };
    const before = share(zoom);
    zoom = zoomedAt(zoom, 1.4, at, STAGE, FULL);
    const after = share(zoom);
    expect(after[0]).toBeCloseTo(before[0]);
    expect(after[1]).toBeCloseTo(before[1]);
  });

  it("never shows an empty edge, whatever the hand does", () => {
    let zoom = WHOLE;
    let seed = 7;
    const random = (): number => (seed = (seed * 16807) % 2147483647) / 2147483647;
    for (let step = 0; step < 500; step++) {
      const at = { x: random() * 1000, y: random() * 500 };
      zoom = zoomedAt(zoom, 0.5 + random(), at, STAGE, FULL);
      zoom = panned(zoom, { x: random() * 400 - 200, y: random() * 400 - 200 }, STAGE, FULL);
      const box = placed(ALL, zoom, STAGE, FULL);
      expect(box.height).toBeGreaterThanOrEqual(500 - 1e-6);
      expect(box.height).toBeLessThanOrEqual(2 * FULL.height + 1e-6);
      if (box.width >= 1000) expect(box.x).toBeLessThanOrEqual(1e-6);
      if (box.width >= 1000) expect(box.x + box.width).toBeGreaterThanOrEqual(1000 - 1e-6);
      expect(holds(seen(zoom, STAGE, FULL), seen(zoom, STAGE, FULL, 0))).toBe(true);
      expect(limited(zoom, STAGE, FULL)).toEqual(zoom);
    }
  });
});
