import { describe, expect, it, vi } from "vitest";
import type { StillHeader } from "../src/generated/wire";
import { StillIntent, type StillWish } from "../src/session/still";
import { STILL_STUCK_MS, STILL_TAKE_TIMEOUT_MS } from "../src/session/timing";

const LOOK = { rectify: true, outline: null, contrast: false };
const ALL = { left: 0, top: 0, width: 1, height: 1 };

function made() {
  const wishes: StillWish[] = [];
  const cancelled: string[] = [];
  const bitmap = { close: vi.fn() } as unknown as ImageBitmap;
  const intent = new StillIntent({
    act: (wish) => `r${wishes.push(wish)}`,
    cancel: (request) => void cancelled.push(request),
    open: () => Promise.resolve(bitmap),
  });
  return { intent, wishes, cancelled, bitmap };
}

function header(request: string, bytes = 4): StillHeader {
  return {
    type: "still_header", request, still: 5, media_type: "image/jpeg", bytes, width: 100, height: 50, region: ALL,
    full_width: 400, full_height: 200, look: LOOK, left_s: 60,
  };
}

async function shown(at: ReturnType<typeof made>): Promise<void> {
  at.intent.take(LOOK, 100, 0);
  at.intent.headerCame(header(`r${at.wishes.length}`), 0);
  await at.intent.chunkCame(new ArrayBuffer(4), 0);
}

describe("the sharp picture", () => {
  it("comes in chunks, with progress, and is gone when its time is over", async () => {
    const at = made();
    at.intent.take(LOOK, 100, 0);
    expect(at.intent.shown).toEqual({ kind: "waiting", share: 0 });
    at.intent.headerCame(header("r1"), 10);
    await at.intent.chunkCame(new ArrayBuffer(3), 20);
    expect(at.intent.shown).toEqual({ kind: "waiting", share: 0.75 });
    await at.intent.chunkCame(new ArrayBuffer(1), 30);
    expect(at.intent.shown).toMatchObject({ kind: "shown", goneAt: 60_030 });
    at.intent.tick(60_029);
    expect(at.intent.shown.kind).toBe("shown");
    at.intent.tick(60_030);
    expect(at.intent.shown).toEqual({ kind: "gone" });
    expect(at.bitmap.close).toHaveBeenCalledOnce();
  });

  it("lays a finer part over the whole, and the newest wish takes the place of an older one", async () => {
    const at = made();
    await shown(at);
    at.intent.zoomTo({ ...ALL, width: 0.5 }, 200, 1);
    at.intent.zoomTo({ ...ALL, width: 0.25 }, 200, 2);
    expect(at.cancelled).toEqual(["r2"]);
    at.intent.headerCame(header("r2"), 3);
    await at.intent.chunkCame(new ArrayBuffer(4), 3); // of what was given up
    expect(at.intent.shown).toMatchObject({ kind: "shown", detail: null });
    at.intent.headerCame(header("r3"), 4);
    await at.intent.chunkCame(new ArrayBuffer(4), 4);
    expect(at.intent.shown).toMatchObject({ kind: "shown", share: null, detail: { header: { request: "r3" } } });
    expect(at.wishes[2]).toMatchObject({ type: "crop_still", still: 5, look: LOOK });
  });

  it("says why none came", () => {
    for (const [reason, why] of [["busy", "busy"], ["part_broken", "camera"], ["no_session", "line"]]) {
      const at = made();
      at.intent.take(LOOK, 100, 0);
      at.intent.refused("r1", reason!);
      expect(at.intent.shown).toEqual({ kind: "failed", why });
    }
  });

  it("gives up a robot that says nothing, and a transfer that stands still", () => {
    const at = made();
    at.intent.take(LOOK, 100, 0);
    at.intent.tick(STILL_TAKE_TIMEOUT_MS);
    expect(at.intent.shown).toEqual({ kind: "failed", why: "line" });
    at.intent.take(LOOK, 100, 0);
    at.intent.headerCame(header("r2"), 100);
    at.intent.tick(100 + STILL_STUCK_MS);
    expect(at.intent.shown).toEqual({ kind: "failed", why: "line" });
    expect(at.cancelled).toEqual(["r1", "r2"]);
  });

  it("goes with the robot's copy, and a part that fails leaves the whole", async () => {
    const at = made();
    await shown(at);
    at.intent.zoomTo(ALL, 200, 1);
    at.intent.refused("r2", "busy");
    expect(at.intent.shown).toMatchObject({ kind: "shown", share: null });
    at.intent.zoomTo(ALL, 200, 1);
    at.intent.refused("r3", "expired");
    expect(at.intent.shown).toEqual({ kind: "gone" });
  });

  it("shows nothing of a picture that was closed while it was opened", async () => {
    const at = made();
    at.intent.take(LOOK, 100, 0);
    at.intent.headerCame(header("r1"), 0);
    const opening = at.intent.chunkCame(new ArrayBuffer(4), 0);
    at.intent.close();
    await opening;
    expect(at.intent.shown).toEqual({ kind: "closed" });
    expect(at.bitmap.close).toHaveBeenCalledOnce();
  });
});
