import { expect, test } from "vitest";
import { numbersOf, sharesOf } from "../src/courses/shares";

test("bars in the question's own order, the longest fills the width", () => {
  const asked = { id: "a", text: "?", kind: "category" as const, choices: ["ja", "nei", "vet ikke"] };
  expect(sharesOf(asked, ["ja", "ja", "ja", "ja", "nei", "nei"])).toEqual([
    { choice: "ja", count: 4, share: 1 },
    { choice: "nei", count: 2, share: 0.5 },
    { choice: "vet ikke", count: 0, share: 0 },
  ]);
});

test("a scale has all eleven, and an average", () => {
  const shares = sharesOf({ id: "a", text: "?", kind: "scale" }, [0, 10, 10, 5, 8]);
  expect(shares?.map(({ count }) => count)).toEqual([1, 0, 0, 0, 0, 1, 0, 0, 1, 0, 2]);
  expect(numbersOf([0, 10, 10, 5, 8])).toBe("6,6");
  expect(numbersOf(["ja"])).toBeNull();
  expect(sharesOf({ id: "a", text: "?", kind: "words" }, ["ja"])).toBeNull();
});
