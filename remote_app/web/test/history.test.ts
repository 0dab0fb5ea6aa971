import { describe, expect, it } from "vitest";
import type { RobotState } from "../src/generated/wire";
import { History, KEPT_MS, type Sample, plot } from "../src/leader/history";

function state(session: string | null, bitrate = 1_200_000, loss: number | null = 0.02): RobotState {
  const quality = { bitrate_bps: bitrate, fps: 30, rtt_ms: 80, loss };
  return { robot: "vefsn", session: session && { id: session }, quality } as RobotState;
}

function sample(at: number, kbps: number, rttMs: number | null = 80): Sample {
  return { at, kbps, fps: 30, rttMs, lossPercent: 0 };
}

describe("what the leader's page remembers of a line", () => {
  it("is a point every five seconds, of ten minutes, of the person who is in", () => {
    const history = new History();
    for (let at = 0; at <= 2 * KEPT_MS; at += 1000) history.hear(state("kari"), at);
    const kept = history.of("vefsn", "kari");
    expect(kept).toHaveLength(121);
    expect(kept[0]?.at).toBe(KEPT_MS);
    expect(kept.at(-1)).toEqual({ at: 2 * KEPT_MS, kbps: 1200, fps: 30, rttMs: 80, lossPercent: 2 });
    expect(history.of("vefsn", "ola")).toEqual([]);
    history.hear(state(null), 2 * KEPT_MS);
    history.hear(state("ola"), 2 * KEPT_MS);
    expect(history.of("vefsn", "ola")).toHaveLength(1);
    expect(history.of("bronnoy", null)).toEqual([]);
  });
});

describe("a plot", () => {
  it("has now at its right, and a round figure that holds all at its top", () => {
    const drawn = plot([sample(0, 400), sample(5_000, 1100), sample(10_000, 900)], "kbps", 10_000);
    expect(drawn).toEqual({ path: "M98.3 80L99.2 45L100 55", now: 900, least: 400, most: 1100, top: 2000 });
  });

  it("is broken where nothing is known, and there is none of what was never measured", () => {
    const gap = plot([sample(0, 250), sample(5_000, 250), sample(60_000, 250)], "kbps", KEPT_MS);
    expect(gap?.path).toBe("M0 50L0.8 50M10 50");
    const unmeasured = [sample(0, 250, 100), sample(5_000, 250, null), sample(10_000, 250, 200)];
    expect(plot(unmeasured, "rttMs", KEPT_MS)?.path).toBe("M0 75M1.7 50");
    expect(plot([sample(0, 250, null)], "rttMs", KEPT_MS)).toBeNull();
    expect(plot([], "fps", 0)).toBeNull();
  });
});
