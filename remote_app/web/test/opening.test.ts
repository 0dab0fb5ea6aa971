import { beforeEach, describe, expect, it } from "vitest";
import { speak } from "../src/i18n";
import en from "../src/i18n/before.en.json";
import nb from "../src/i18n/before.nb.json";
import nn from "../src/i18n/before.nn.json";
import { askAgainIn, soonest } from "../src/session/opening";
import { LINK_ASK_AGAIN_MS } from "../src/session/timing";
import { clockTime } from "../src/words/clock";
import { countdown, whenWords } from "../src/words/opening";

const OSLO = "Europe/Oslo";
const seconds = (iso: string): number => Date.parse(iso) / 1000;
const said = (begins: number, now: number, zone: string): string => whenWords(begins, now, zone).replaceAll("\u00a0", " ");
const TEN = seconds("2026-11-28T10:00:00+01:00");

describe("when a course opens", () => {
  beforeEach(() => speak("nb", nb));

  it("is said as people say it", () => {
    expect(said(TEN, seconds("2026-11-28T00:01:00+01:00"), OSLO)).toBe("i dag kl. 10.00");
    expect(said(TEN, seconds("2026-11-27T23:59:00+01:00"), OSLO)).toBe("i morgen kl. 10.00");
    expect(said(TEN, seconds("2026-11-26T10:00:00+01:00"), OSLO)).toBe("lørdag 28. november kl. 10.00");
    expect(said(TEN, seconds("2025-11-28T10:00:00+01:00"), OSLO)).toBe("lørdag 28. november kl. 10.00");
  });

  it("is said in English too", () => {
    speak("en", en);
    expect(said(TEN, TEN - 3600, OSLO)).toBe("today at 10:00");
    expect(said(TEN, seconds("2026-11-26T10:00:00+01:00"), OSLO)).toBe("on Saturday 28 November at 10:00");
  });

  it("has nynorsk's own days, which not every browser knows", () => {
    speak("nn", nn);
    const days = [26, 27, 28, 29, 30, 31].map((day) => said(seconds(`2026-12-${day}T10:00:00+01:00`), TEN, OSLO));
    expect(days.map((day) => day.split(" ")[0])).toEqual(["laurdag", "søndag", "måndag", "tysdag", "onsdag", "torsdag"]);
    expect(days[2]).toBe("måndag 28. desember kl. 10.00");
  });

  it("is told as in bokmål where the words are bokmål's", () => {
    speak("sma", nb);
    expect(said(TEN, seconds("2026-11-26T10:00:00+01:00"), OSLO)).toBe("lørdag 28. november kl. 10.00");
  });

  it("is told in the time of the place where the tablet is", () => {
    expect(said(TEN, TEN - 3600, "Europe/Helsinki")).toBe("i dag kl. 11.00");
    expect(said(TEN, TEN - 3600, "America/New_York")).toBe("i dag kl. 04.00");
    expect(clockTime(new Date("2026-07-01T23:05:00Z"), OSLO)).toBe("01.05");
    expect(clockTime(new Date("2026-07-01T22:05:00Z"), OSLO)).toBe("00.05");
  });
});

describe("the time until then", () => {
  const told = (left: number): string => `${countdown(left).key} ${Object.values(countdown(left).values).join()}`.trim();

  it("is no finer than a person needs", () => {
    expect(told(3 * 86400)).toBe("early.days 3");
    expect(told(2 * 86400)).toBe("early.hours 48");
    expect(told(3 * 3600 + 100)).toBe("early.hours 3");
    expect(told(2 * 3600)).toBe("early.minutes 120");
    expect(told(61)).toBe("early.minutes 2");
    expect(told(60)).toBe("early.soon");
    expect(told(-5)).toBe("early.soon");
  });

  it("never says «1 minutter», and never counts upwards", () => {
    let before = Infinity;
    for (let left = 7200; left > 60; left -= 0.5) {
      const minutes = Number(countdown(left).values.minutes);
      expect(minutes).toBeGreaterThan(1);
      expect(minutes).toBeLessThanOrEqual(before);
      before = minutes;
    }
  });
});

describe("the moment at which it opens", () => {
  it("does not jump to and fro with answers that come late", () => {
    const first = soonest(null, TEN, 100, 1000);
    expect(first).toEqual({ at: TEN, dueMs: 101_000 });
    expect(soonest(first, TEN, 90.4, 11_000)).toBe(first); // 0.4 s on the way here
  });

  it("follows the service where this machine's clock stood still, and where the course was moved", () => {
    const first = soonest(null, TEN, 3600, 1000);
    expect(soonest(first, TEN, 60, 2000).dueMs).toBe(62_000);
    expect(soonest(first, TEN + 900, 4500, 2000).dueMs).toBe(4_502_000);
  });

  it("is when the service is asked again, and never long before or after", () => {
    expect(askAgainIn(null, 0)).toBe(LINK_ASK_AGAIN_MS);
    expect(askAgainIn({ at: TEN, dueMs: 3_600_000 }, 0)).toBe(LINK_ASK_AGAIN_MS);
    expect(askAgainIn({ at: TEN, dueMs: 4000 }, 0)).toBe(4300);
    expect(askAgainIn({ at: TEN, dueMs: 4000 }, 9000)).toBe(300); // it is due: now, though not in a storm
  });
});
