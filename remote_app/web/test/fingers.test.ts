import { describe, expect, it } from "vitest";
import { Fingers } from "../src/view/fingers";
import type { Point } from "../src/view/geometry";

/** Fingers, and what came of them. */
function hand(): { readonly fingers: Fingers; readonly turned: string[] } {
  const turned: string[] = [];
  const note = (what: string) => (spot: Point, now: number) => void turned.push(`${what} ${spot.x} at ${now}`);
  const turns = { tap: note("tap"), grab: note("grab"), drag: note("drag"), release: () => void turned.push("release") };
  return { fingers: new Fingers(turns), turned };
}

const at = (x: number): Point => ({ x, y: 0 });

describe("a finger on the picture", () => {
  it("that comes and goes is a tap where it came down, told when it goes", () => {
    const { fingers, turned } = hand();
    fingers.press(1, at(50), true);
    fingers.move(1, at(57), 20);
    expect(turned).toEqual([]);
    fingers.lift(1, true, 80);
    expect(turned).toEqual(["tap 50 at 80"]);
  });

  it("that moves drags what it came down on, and is no tap in the end", () => {
    const { fingers, turned } = hand();
    fingers.press(1, at(50), true);
    fingers.move(1, at(58), 20);
    fingers.move(1, at(52), 28);
    fingers.lift(1, true, 36);
    expect(turned).toEqual(["grab 50 at 20", "drag 58 at 20", "drag 52 at 28", "release"]);
  });

  it("is nothing when the browser takes it away", () => {
    const { fingers, turned } = hand();
    fingers.press(1, at(50), true);
    fingers.lift(1, false, 20);
    fingers.move(1, at(90), 30);
    expect(turned).toEqual([]);
  });

  it("that only hovers is nothing", () => {
    const { fingers, turned } = hand();
    fingers.move(1, at(10), 0);
    fingers.lift(1, true, 10);
    expect(turned).toEqual([]);
  });
});

describe("two fingers on the picture", () => {
  it("turn nothing, however they come, move and go", () => {
    for (const [firstUp, lastUp] of [[1, 2], [2, 1]] as const) {
      const { fingers, turned } = hand();
      fingers.press(1, at(50), true);
      fingers.press(2, at(70), false);
      fingers.move(1, at(20), 20);
      fingers.move(2, at(99), 20);
      fingers.lift(firstUp, true, 40);
      fingers.move(lastUp, at(0), 50);
      fingers.lift(lastUp, true, 60);
      expect(turned).toEqual([]);
    }
  });

  it("end the drag that one had begun, where it is", () => {
    const { fingers, turned } = hand();
    fingers.press(1, at(50), true);
    fingers.move(1, at(70), 20);
    fingers.press(2, at(90), false);
    fingers.move(1, at(40), 30);
    fingers.lift(2, true, 40);
    fingers.lift(1, true, 50);
    expect(turned).toEqual(["grab 50 at 20", "drag 70 at 20", "release"]);
  });

  it("leave the picture to the next one", () => {
    const { fingers, turned } = hand();
    fingers.press(1, at(50), true);
    fingers.press(2, at(70), false);
    fingers.lift(1, true, 20);
    fingers.lift(2, true, 30);
    fingers.press(3, at(10), true);
    fingers.lift(3, true, 90);
    expect(turned).toEqual(["tap 10 at 90"]);
  });
});

describe("a finger whose end was never told", () => {
  it("does not keep the picture from the next one", () => {
    const { fingers, turned } = hand();
    fingers.press(1, at(50), true);
    fingers.move(1, at(70), 20);
    fingers.press(2, at(10), true);
    fingers.lift(2, true, 90);
    expect(turned).toEqual(["grab 50 at 20", "drag 70 at 20", "release", "tap 10 at 90"]);
  });
});
