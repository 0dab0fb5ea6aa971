import { expect, test } from "vitest";
import type { Lines } from "../src/courses/api";
import { bySite, drawn } from "../src/courses/drawn";

const row = (municipality: string, site: string, number: number): Lines => ({
  meeting: `meeting-${number}`,
  number,
  municipality,
  site,
  visits: 1,
  minutes: 60,
  good: 1,
  slow: 0,
  bad: 0,
  fps: 30,
  loss_percent: 0,
  rtt_median_ms: 40,
  rtt_p95_ms: 60,
  reconnections: 0,
  minutes_direct: 60,
  minutes_relay: 0,
  minutes_rescue: 0,
  lowest: "p720",
});

test("the pieces of a bar fill it from the left, the best first and highest", () => {
  expect(drawn({ good: 0.5, slow: 0.25, bad: 0.25 })).toEqual([
    { part: "good", from: 0, width: 50, height: 1 },
    { part: "slow", from: 50, width: 25, height: 0.6 },
    { part: "bad", from: 75, width: 25, height: 0.3 },
  ]);
  expect(drawn({ good: 0, slow: 0, bad: 1 })).toEqual([{ part: "bad", from: 0, width: 100, height: 0.3 }]);
  expect(drawn({ good: null, slow: null, bad: null })).toEqual([]);
});

test("a site has its meetings together, and two of the same name in two municipalities are two", () => {
  const rows = [row("Vefsn", "Helsesenteret", 1), row("Rødøy", "Helsesenteret", 1), row("Vefsn", "Helsesenteret", 2)];
  expect(bySite(rows).map((site) => site.map((one) => `${one.municipality} ${one.number}`))).toEqual([
    ["Vefsn 1", "Vefsn 2"],
    ["Rødøy 1"],
  ]);
  expect(bySite([])).toEqual([]);
});
