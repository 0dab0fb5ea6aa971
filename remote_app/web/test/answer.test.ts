import { describe, expect, test } from "vitest";
import { outcome } from "../src/answer/ask";
import { EMPTY, keepOn } from "../src/answer/keep";

function shelf(): Storage {
  const kept = new Map<string, string>();
  return {
    get length() {
      return kept.size;
    },
    key: (n) => [...kept.keys()][n] ?? null,
    getItem: (name) => kept.get(name) ?? null,
    setItem: (name, value) => void kept.set(name, value),
    removeItem: (name) => void kept.delete(name),
    clear: () => kept.clear(),
  };
}

const place = { token: "1.a.b", form: "form-1", meeting: "" };
const draft = { at: 2, answers: { a: 3 }, finished: false };

describe("what the tablet keeps of a form", () => {
  test("as far as somebody has come, when the page is opened again", () => {
    const tablet = shelf();
    keepOn(tablet).put(place, draft);
    expect(keepOn(tablet).get(place)).toEqual(draft);
    expect(keepOn(tablet).get({ ...place, meeting: "another" })).toEqual(EMPTY);
    expect(keepOn(tablet).waiting()).toEqual([]);
  });

  test("what is finished waits until it is sent, of other links too", () => {
    const tablet = shelf();
    tablet.setItem("av1-language", "nb");
    const other = { token: "1.c.d", form: "form-1", meeting: "meeting-1" };
    keepOn(tablet).put(place, { ...draft, finished: true });
    keepOn(tablet).put(other, { ...draft, finished: true });
    const later = keepOn(tablet);
    expect(later.waiting()).toEqual([place, other]);
    later.drop(place);
    expect(keepOn(tablet).waiting()).toEqual([other]);
  });

  test("a tablet that keeps nothing, and one that kept something else", () => {
    const full = { ...shelf(), setItem: () => { throw new Error("full"); } };
    for (const keep of [keepOn(null), keepOn(full)]) {
      keep.put(place, { ...draft, finished: true });
      expect(keep.waiting()).toEqual([place]);
      keep.drop(place);
      expect(keep.waiting()).toEqual([]);
    }
    const odd = shelf();
    odd.setItem("av1-form/1.a.b/form-1/", "{");
    expect(keepOn(odd).get(place)).toEqual(EMPTY);
  });
});

test("what became of answers that were sent", () => {
  expect([204, 409].map(outcome)).toEqual(["kept", "kept"]);
  expect([null, 500, 502, 503, 429].map(outcome)).toEqual(Array(5).fill("later"));
  expect([403, 413, 422].map(outcome)).toEqual(Array(3).fill("refused"));
});
