import { describe, expect, it } from "vitest";
import type { Fault } from "../src/generated/wire";
import en from "../src/i18n/en.json";
import nb from "../src/i18n/nb.json";
import { BY_WEIGHT, FaultNews, faultText, wellText } from "../src/words/faults";

const ALL: readonly Fault[] = [...BY_WEIGHT, "relay"];

/** What is shown when each list of faults comes after the time before it. */
function course(...steps: readonly (readonly [number, readonly Fault[]])[]): string[] {
  const news = new FaultNews();
  return steps.map(([at, faults]) => {
    const { told, well } = news.look(faults, at);
    return [...told, ...well.map((part) => `${part} well`)].join(", ");
  });
}

describe("the robot's faults", () => {
  it("are told at once, the gravest first, and one that touches nobody in the room is not", () => {
    expect(course([0, []], [10, ["head_board", "camera", "battery_low"]])).toEqual(["", "camera, battery_low, head_board"]);
    expect(course([0, ["relay"]])).toEqual([""]);
    expect(course([0, ALL])[0]?.split(", ")).toEqual(BY_WEIGHT.filter((fault) => fault !== "head"));
  });

  it("are told once where one follows from another", () => {
    for (const cause of ["head_hot", "head_power", "head_blocked"] as const) {
      expect(course([0, ["head", cause]])).toEqual([cause]);
      expect(course([0, ["head", cause]], [1000, ["head"]], [3000, ["head"]])).toEqual([cause, cause, "head"]);
    }
  });

  it("are gone a while after they were there last, and then it is said once that the part works", () => {
    expect(course([0, ["camera"]], [2999, []], [3000, []], [10_999, []], [11_000, []], [20_000, []])).toEqual([
      "camera", "camera", "camera well", "camera well", "", "",
    ]);
  });

  it("that were never told are never said to be over", () => {
    expect(course([0, []], [5000, ["relay"]], [9000, []])).toEqual(["", "", ""]);
  });

  it("do not flood when a plug is loose", () => {
    const news = new FaultNews();
    const said = new Set<string>();
    for (let at = 0; at < 60_000; at += 1000) {
      const { told, well } = news.look(at % 2000 === 0 ? ["head_board"] : [], at);
      said.add([...told, ...well].join());
    }
    expect([...said]).toEqual(["head_board"]);
  });

  it("that come back take the good news away, and a part works again when nothing is told of it", () => {
    expect(course([0, ["camera"]], [3000, []], [4000, ["camera"]])).toEqual(["camera", "camera well", "camera"]);
    expect(course([0, ["head", "head_hot"]], [3000, ["head"]], [6000, ["head"]], [9000, []])).toEqual([
      "head_hot", "head", "head", "head well",
    ]);
  });
});

describe("the words for a fault", () => {
  it("are what it is, what still works with the next step, and that it works again", () => {
    for (const words of [nb, en]) {
      for (const fault of BY_WEIGHT) {
        const { what, then } = faultText(fault);
        for (const text of [words[what], words[then]]) {
          expect(text).toMatch(/\.$/);
          expect(text.length).toBeLessThanOrEqual(85);
        }
        expect(words[what].length).toBeLessThanOrEqual(65);
      }
    }
  });

  it("name the part that works again", () => {
    const news = new FaultNews();
    news.look(BY_WEIGHT, 0);
    const { told, well } = news.look([], 5000);
    expect(told).toEqual([]);
    expect(well.map((part) => nb[wellText(part)])).toHaveLength(6);
    for (const part of well) expect(nb[wellText(part)]).toContain("igjen");
  });
});
