import { describe, expect, it } from "vitest";
import { Supervisor } from "../src/session/policy";
import {
  MEDIA_OPEN_TIMEOUT_MS,
  RESCUE_AFTER_ASKING_MS,
  RESCUE_AFTER_LOSS_MS,
  RESCUE_SILENT_MS,
} from "../src/session/timing";

/** Looks every 100 ms up to and with `to`; the robot says its state each second. */
function pass(s: Supervisor, from: number, to: number): void {
  for (let now = from; now <= to; now += 100) {
    if (now % 1000 === 0) s.socketHeard(now);
    s.step(now);
  }
}

/** The offer went at 0 and is answered, unless the robot says nothing. */
function asked(answered = true): Supervisor {
  const s = new Supervisor();
  s.join(0);
  s.allow();
  s.step(0);
  s.welcomed(true, 0);
  s.step(0);
  if (answered) s.mediaAnswered();
  return s;
}

function inRoom(): Supervisor {
  const s = asked();
  s.mediaOpened(1000);
  s.mediaHeard(5000);
  s.socketHeard(5000);
  return s;
}

/** Stills come by the service, and media has never connected. */
function rescued(): Supervisor {
  const s = asked();
  pass(s, 0, RESCUE_AFTER_ASKING_MS);
  s.rescue.heard(RESCUE_AFTER_ASKING_MS);
  s.step(RESCUE_AFTER_ASKING_MS);
  return s;
}

describe("when still pictures are asked for", () => {
  it("is 8 s after the first offer, and not before", () => {
    const s = asked();
    pass(s, 0, RESCUE_AFTER_ASKING_MS - 100);
    expect(s.rescue.wanted).toBe(false);
    pass(s, RESCUE_AFTER_ASKING_MS, RESCUE_AFTER_ASKING_MS);
    expect(s.rescue.wanted).toBe(true);
    expect(s.phase()).toBe("joining"); // until something comes
  });

  it("is not while the robot has not answered: the seat may be another's", () => {
    const s = asked(false);
    pass(s, 0, 60_000);
    expect(s.rescue.wanted).toBe(false);
    s.mediaAnswered();
    pass(s, 60_100, 60_100);
    expect(s.rescue.wanted).toBe(true);
  });

  it("is 4 s after the last sign of a media session that died", () => {
    const s = inRoom();
    pass(s, 5000, 5000 + RESCUE_AFTER_LOSS_MS - 100);
    expect(s.rescue.wanted).toBe(false);
    pass(s, 5000 + RESCUE_AFTER_LOSS_MS, 5000 + RESCUE_AFTER_LOSS_MS);
    expect(s.rescue.wanted).toBe(true);
  });

  it("is 4 s after the robot's good-bye to a media session", () => {
    const s = inRoom();
    s.mediaClosed(5500);
    pass(s, 5600, 5600 + RESCUE_AFTER_LOSS_MS - 100);
    expect(s.rescue.wanted).toBe(false);
    pass(s, 5600 + RESCUE_AFTER_LOSS_MS, 5600 + RESCUE_AFTER_LOSS_MS);
    expect(s.rescue.wanted).toBe(true);
  });

  it("is not while the service is not reached, and at once when it is again", () => {
    const s = rescued();
    s.socketClosed(9000);
    s.step(9000);
    expect(s.rescue.wanted).toBe(false);
    expect(s.phase()).toBe("reconnecting");
    s.step(9500);
    s.welcomed(true, 9600);
    s.step(9600);
    expect(s.rescue.wanted).toBe(true);
  });
});

describe("while still pictures come", () => {
  it("the person is in the room, and picture and sound go on being tried", () => {
    const s = rescued();
    expect(s.phase()).toBe("room");
    expect(s.inRoom).toBe(true);
    expect(s.mediaLive).toBe(false);
    const steps: string[] = [];
    for (let now = RESCUE_AFTER_ASKING_MS; now <= 60_000; now += 100) {
      if (now % 1000 === 0) s.socketHeard(now);
      s.rescue.heard(now);
      steps.push(...s.step(now).map((step) => step.do));
      expect(s.phase()).toBe("room");
      if (s.mediaComing) s.mediaAnswered();
    }
    const tries = steps.filter((step) => step === "open_media").length;
    expect(tries).toBeGreaterThanOrEqual(Math.floor(52_000 / (MEDIA_OPEN_TIMEOUT_MS + 3000)));
  });

  it("says that it connects again when they stop coming, and is back with the next one", () => {
    const s = rescued();
    pass(s, 8100, RESCUE_AFTER_ASKING_MS + RESCUE_SILENT_MS);
    expect(s.phase()).toBe("reconnecting");
    expect(s.rescue.wanted).toBe(true);
    s.rescue.heard(14_000);
    expect(s.phase()).toBe("room");
  });

  it("ends when the media session is there, and begins anew only when that has been gone for a while", () => {
    const s = rescued();
    s.mediaOpened(9000);
    expect(s.rescue.wanted).toBe(false);
    expect(s.rescue.live).toBe(false);
    s.rescue.heard(9050); // one that was under way
    expect(s.rescue.live).toBe(false);
    pass(s, 9100, 9000 + RESCUE_AFTER_LOSS_MS - 100);
    expect(s.rescue.wanted).toBe(false);
    pass(s, 9000 + RESCUE_AFTER_LOSS_MS, 9000 + RESCUE_AFTER_LOSS_MS);
    expect(s.rescue.wanted).toBe(true);
  });

  it("an offer that is out is not given up for what the service did not do with a still's word or a sound", () => {
    const s = rescued();
    pass(s, 8100, MEDIA_OPEN_TIMEOUT_MS + 600); // the first try is given up, and the next one is out
    s.rescue.heard(9700);
    expect(s.mediaComing).toBe(true);
    s.offerLost(9700);
    expect(s.mediaComing).toBe(true);
  });

  it("ends when the old media session is heard again", () => {
    const s = inRoom();
    pass(s, 5000, 9500);
    s.rescue.heard(9500);
    expect(s.phase()).toBe("room");
    s.mediaHeard(9600);
    s.step(9600);
    expect(s.rescue.wanted).toBe(false);
    expect(s.phase()).toBe("room");
  });

  const ENDS: Readonly<Record<string, (s: Supervisor) => void>> = {
    private: (s) => s.setPrivate(true, 8200),
    "the robot is off": (s) => s.setPresent(false, 8200),
    "another took the seat": (s) => s.stop("replaced", 8200),
    "the robot let us go": (s) => s.rescue.revoke(),
    left: (s) => s.leave(),
  };
  for (const [why, act] of Object.entries(ENDS)) {
    it(`ends at once: ${why}`, () => {
      const s = rescued();
      act(s);
      s.step(8200);
      expect(s.rescue.wanted).toBe(false);
      expect(s.inRoom).toBe(false);
    });
  }
});
