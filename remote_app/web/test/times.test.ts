import { afterAll, beforeAll, expect, test, vi } from "vitest";
import type { Meeting } from "../src/courses/api";
import { goesOn } from "../src/courses/inside";
import { asFields, shifted } from "../src/courses/times";

beforeAll(() => vi.stubEnv("TZ", "Europe/Oslo"));
afterAll(() => vi.unstubAllEnvs());

test("a week later is the same time on the wall, also when summer time begins between", () => {
  const before = "2027-03-24T09:00:00.000Z"; // ten o'clock, four days before the clock is put forward
  const after = shifted(before, { days: 7 });
  expect(after).toBe("2027-03-31T08:00:00.000Z");
  expect(asFields(after)).toEqual({ day: "2027-03-31", time: "10:00" });
  expect(shifted(after, { days: -7 })).toBe(before);
});

test("an hour earlier may be the day before", () => {
  expect(asFields(shifted("2027-05-01T22:30:00Z", { minutes: -60 }))).toEqual({ day: "2027-05-01", time: "23:30" });
});

test("people may be in from half an hour before a meeting until an hour after it", () => {
  const meeting = { starts_at: "2027-05-03T10:00:00Z", ends_at: "2027-05-03T12:00:00Z" } as Meeting;
  const at = (time: string): boolean => goesOn(meeting, Date.parse(`2027-05-03T${time}:00Z`));
  expect(["09:29", "09:30", "10:00", "12:59", "13:00"].map(at)).toEqual([false, true, true, true, false]);
});
