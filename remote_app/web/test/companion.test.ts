import { describe, expect, it } from "vitest";
import { speak } from "../src/i18n";
import nb from "../src/i18n/nb.json";
import { asName } from "../src/session/companion";
import { namesOf } from "../src/words/names";

describe("the name of who is with the person", () => {
  it("is taken as it is written", () => {
    for (const name of ["Anne", "Anne-Grete Østbø", "Siv O’Hara (sykepleier)", "Čálliid Ánne", "李", ""]) {
      expect(asName(name)).toBe(name);
    }
  });

  it("loses what the wire does not take, and nothing else", () => {
    expect(asName("  Anne\u00a0 Berg \n")).toBe("Anne Berg");
    expect(asName("Anne\u200b😀 <b>Berg</b>")).toBe("Anne b Berg /b");
    expect(asName("\t \u2028")).toBe("");
    expect(asName("A\u030asa")).toBe("Åsa");
  });

  it("is at most sixty letters, whatever they take in memory", () => {
    expect([...asName("𠮷".repeat(80))]).toHaveLength(60);
    expect(asName(`${"a".repeat(59)} b`)).toBe("a".repeat(59));
  });

  it("is said after the person's", () => {
    speak("nb", nb);
    expect(namesOf({ name: "Kari", companion: "" })).toBe("Kari");
    expect(namesOf({ name: "Kari", companion: "Anne" })).toBe("Kari og Anne");
  });
});
