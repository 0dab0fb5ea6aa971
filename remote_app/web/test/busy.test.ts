import { describe, expect, it } from "vitest";
import { speak } from "../src/i18n";
import beforeEn from "../src/i18n/before.en.json";
import beforeNb from "../src/i18n/before.nb.json";
import en from "../src/i18n/en.json";
import nb from "../src/i18n/nb.json";
import type { RobotState, SessionState } from "../src/generated/wire";
import { browserKind } from "../src/session/browser";
import { holderWords, isFree } from "../src/words/busy";

const SESSION = { id: "session-of-ola", name: "Ola", companion: "", since_s: 600 } as SessionState;
const held = (session: SessionState | null): RobotState => ({ session }) as RobotState;

describe("who has the robot", () => {
  it("is told with the one beside them, and since when by this tablet's clock", () => {
    speak("nb", nb);
    const now = new Date(2026, 10, 28, 10, 15, 0).getTime();
    expect(holderWords(held(SESSION), "session-of-kari", "", now)).toEqual({ who: "Ola", since: "nå, siden kl.\u00a010.05" });
    expect(holderWords(held({ ...SESSION, companion: "Anne" }), "", "Ola", now).who).toBe("Ola og Anne");
  });

  it("is what the robot said with its no, until its state is heard", () => {
    expect(holderWords(null, "", "Ola", 0)).toEqual({ who: "Ola", since: "nå" });
    expect(holderWords(null, "", "", 0).who).toBe("En annen");
  });

  it("is never ourselves, whom the robot's last state still names when we have lost the seat", () => {
    expect(holderWords(held(SESSION), SESSION.id, "", 0)).toEqual({ who: "En annen", since: "nå" });
  });

  it("is nobody only when the robot says so", () => {
    expect(isFree(null)).toBe(false);
    expect(isFree(held(SESSION))).toBe(false);
    expect(isFree(held(null))).toBe(true);
  });
});

describe("the kind of browser", () => {
  it("is told by its own word, and an iPad that calls itself a Mac by its screen", () => {
    const mac = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 Version/17.0 Safari/605.1.15";
    expect(browserKind(mac, 5)).toBe("ios");
    expect(browserKind(mac, 0)).toBe("desktop");
    expect(browserKind("Mozilla/5.0 (iPad; CPU OS 12_5 like Mac OS X)", 5)).toBe("ios");
    expect(browserKind("Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X)", 5)).toBe("ios");
    expect(browserKind("Mozilla/5.0 (Linux; Android 13; SM-T500)", 5)).toBe("android");
    expect(browserKind("Mozilla/5.0 (Windows NT 10.0; Win64; x64)", 10)).toBe("desktop");
  });
});

describe("the steps", () => {
  it("are each a line that can be read at once", () => {
    for (const texts of [{ ...nb, ...beforeNb }, { ...en, ...beforeEn }]) {
      const steps = Object.values(texts).filter((text) => text.includes("\n")).flatMap((text) => text.split("\n"));
      expect(steps.length).toBeGreaterThan(40);
      for (const step of steps) {
        expect(step).toMatch(/^\S.*[.?!]$/);
        expect(step.length).toBeLessThanOrEqual(65);
      }
    }
  });
});
