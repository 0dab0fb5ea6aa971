import { describe, expect, it } from "vitest";
import { Playout, SenderClock } from "../src/session/playout";

const PACKET_MS = 60;

/** Sends packets of 60 ms, each so late; the times at which they are heard, null where they are left out. */
function heard(playout: Playout, delays: readonly number[], from = 0): (number | null)[] {
  return delays.map((delay, i) => playout.place(from + i * PACKET_MS, PACKET_MS, from + i * PACKET_MS + delay));
}

/** No two packets at once, and none before it came. */
function orderly(times: readonly (number | null)[]): boolean {
  const played = times.filter((time) => time !== null);
  return played.every((time, i) => i === 0 || time >= (played[i - 1] ?? 0) + PACKET_MS - 1e-6);
}

/** Numbers that look like chance, the same in every run. */
function chance(seed: number): () => number {
  let state = seed;
  return () => (state = (state * 1103515245 + 12345) % 2 ** 31) / 2 ** 31;
}

describe("another machine's clock", () => {
  it("is read by the quickest frame", () => {
    const clock = new SenderClock();
    clock.hear(1000, 5300);
    clock.hear(1060, 5160);
    expect(clock.at(1100)).toBe(5200);
  });

  it("goes on past 2^32", () => {
    const clock = new SenderClock();
    clock.hear(2 ** 32 - 10, 100);
    clock.hear(50, 160);
    expect(clock.at(110)).toBe(220);
  });

  it("forgets a quick frame after some seconds: the clocks run apart", () => {
    const clock = new SenderClock();
    clock.hear(0, 0);
    for (let t = 1000; t <= 15_000; t += 1000) clock.hear(t, t + 30);
    expect(clock.at(15_000)).toBe(15_030);
  });
});

describe("sound in time", () => {
  it("holds an even line's sound back by 200 ms, without gaps", () => {
    const times = heard(new Playout(), new Array<number>(50).fill(30));
    expect(times).toEqual(times.map((_, i) => 30 + 200 + i * PACKET_MS));
  });

  it("does not waver with what comes unevenly within that time", () => {
    const random = chance(1);
    const times = heard(new Playout(), [0, ...Array.from({ length: 200 }, () => random() * 150)]);
    expect(times.every((time, i) => Math.abs((time ?? 0) - 200 - i * PACKET_MS) < 1e-6)).toBe(true);
  });

  it("waits longer after a packet that came too late, and never longer than a second", () => {
    const playout = new Playout();
    const times = heard(playout, [0, 0, 700, 0, 700, 0, 2500, 0, 0]);
    expect(playout.heldMs).toBe(1000);
    expect(orderly(times)).toBe(true);
    expect(times[6]).toBeNull();
    expect(times[7]).not.toBeNull();
  });

  it("waits less again when the line is even again, and then leaves packets out instead of letting them pile up", () => {
    const playout = new Playout();
    heard(playout, [0, 0, 700]);
    expect(playout.heldMs).toBe(740);
    const after = heard(playout, new Array<number>(3000).fill(5), 3 * PACKET_MS);
    expect(playout.heldMs).toBeLessThan(100);
    expect(orderly(after)).toBe(true);
    expect(after.filter((time) => time === null).length).toBeLessThan(20);
  });

  it("comes down within half a minute from what one bad moment needed to what the line needs", () => {
    const playout = new Playout();
    heard(playout, [0, 0, 900]);
    const wavers = Array.from({ length: 500 }, (_, i) => (i % 20 ? 20 : 300)); // 30 s
    const times = heard(playout, wavers, 3 * PACKET_MS);
    expect(playout.heldMs).toBe(320); // 280 later than the quickest, and to spare
    expect(orderly(times)).toBe(true);
    expect(times.slice(20).filter((time) => time === null).length).toBeLessThanOrEqual(10);
  });

  it("plays what comes in one heap after a pause in order, and is not behind for it", () => {
    const playout = new Playout();
    heard(playout, [0, 0, 0]);
    const heap = Array.from({ length: 20 }, (_, i) => playout.place((3 + i) * PACKET_MS, PACKET_MS, 23 * PACKET_MS));
    expect(orderly(heap)).toBe(true);
    const next = playout.place(23 * PACKET_MS, PACKET_MS, 23 * PACKET_MS);
    expect((next ?? Infinity) - 23 * PACKET_MS).toBeLessThanOrEqual(1060);
  });

  it("keeps all of that whatever the line does", () => {
    for (let seed = 1; seed <= 40; seed += 1) {
      const random = chance(seed);
      const playout = new Playout();
      let at = 0;
      const times = Array.from({ length: 400 }, (_, i) => {
        at = Math.max(at, i * PACKET_MS + random() ** 3 * 3000); // a TCP line: late, never out of order
        const time = playout.place(i * PACKET_MS, PACKET_MS, at);
        if (time !== null) expect(time).toBeGreaterThanOrEqual(at);
        if (time !== null) expect(time - at).toBeLessThanOrEqual(1060);
        return time;
      });
      expect(orderly(times)).toBe(true);
      expect(playout.heldMs).toBeLessThanOrEqual(1000);
    }
  });
});
