import { describe, expect, it } from "vitest";
import * as phrases from "../src/session/phrases";

const FIXED = ["Kan du gjenta?"];

describe("phrases of one's own", () => {
  it("are read from whatever was kept", () => {
    expect(phrases.readPhrases(null)).toEqual([]);
    expect(phrases.readPhrases("{")).toEqual([]);
    expect(phrases.readPhrases('{"a":1}')).toEqual([]);
    expect(phrases.readPhrases('["Hei","Hei",7," ","Vann,\\n takk"]')).toEqual(["Hei", "Vann, takk"]);
    const many = JSON.stringify(Array.from({ length: 40 }, (_, i) => `${i}`));
    expect(phrases.readPhrases(many).length).toBe(phrases.MOST_PHRASES);
  });

  it("are not kept when they are nothing, too long, there, or too many", () => {
    const full = Array.from({ length: phrases.MOST_PHRASES }, (_, i) => `${i}`);
    expect(phrases.whyNot("  ", [], FIXED)).toBe("empty");
    expect(phrases.whyNot("x".repeat(phrases.MOST_PHRASE_CHARS + 1), [], FIXED)).toBe("long");
    expect(phrases.whyNot(" Kan du  gjenta? ", [], FIXED)).toBe("there");
    expect(phrases.whyNot("Hei", ["Hei"], FIXED)).toBe("there");
    expect(phrases.whyNot("Hei", full, FIXED)).toBe("full");
    expect(phrases.whyNot("Hei", full.slice(1), FIXED)).toBeNull();
  });

  it("come back where they stood when removing is undone", () => {
    const own = ["a", "b", "c"];
    const left = phrases.without(own, "b");
    expect(left).toEqual(["a", "c"]);
    expect(phrases.putBack(left, { phrase: "b", at: 1 })).toEqual(own);
    expect(phrases.putBack(own, { phrase: "b", at: 1 })).toEqual(own);
  });

  it("are written alone or after what stands there, and take nothing away", () => {
    expect(phrases.withPhrase(" ", "Hei", 10)).toBe("Hei");
    expect(phrases.withPhrase("Hei", "Hei", 10)).toBe("Hei");
    expect(phrases.withPhrase("Hei,", "Siri", 10)).toBe("Hei, Siri");
    expect(phrases.withPhrase("Hei, alle", "Siri", 10)).toBe("Hei, alle");
  });
});
