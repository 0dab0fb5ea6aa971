import { describe, expect, it } from "vitest";
import type { Step } from "../src/session/phase";
import { Supervisor } from "../src/session/policy";
import { waitedWords } from "../src/words/waited";

const openMedia = (replace = false): Step => ({ do: "open_media", replace });

/** The person has tapped and has answered for the microphone. */
function tapped(): Supervisor {
  const s = new Supervisor();
  s.join(0);
  s.allow();
  return s;
}

/** In the room at 1000 ms, and heard until 2000. */
function inRoom(): Supervisor {
  const s = tapped();
  s.step(0);
  s.welcomed(true, 500);
  s.step(500);
  s.mediaOpened(1000);
  for (const now of [1000, 2000]) {
    s.mediaHeard(now);
    s.socketHeard(now);
  }
  return s;
}

describe("the waiting room", () => {
  /** Answered for the microphone, and not admitted. */
  function waits(): Supervisor {
    const s = tapped();
    s.step(0);
    s.setAdmitted(false, 500);
    s.welcomed(true, 500);
    return s;
  }

  it("asks for nothing of the room until the leader lets the person in", () => {
    const s = waits();
    for (let now = 500; now <= 4000; now += 500) {
      s.socketHeard(now);
      expect(s.step(now)).toEqual([]);
    }
    expect(s.phase()).toBe("waiting");
    s.setAdmitted(true, 4000);
    expect(s.step(4000)).toEqual([openMedia()]);
    expect(s.phase()).toBe("joining");
  });

  it("comes before everything that nobody can do anything about yet", () => {
    const s = waits();
    s.setPresent(false, 600);
    expect(s.phase()).toBe("waiting");
    s.setPresent(true, 700);
    s.setPrivate(true, 700);
    expect(s.phase()).toBe("waiting");
    s.setAdmitted(true, 800);
    expect(s.phase()).toBe("private");
  });

  it("has no stills by the service either", () => {
    const s = waits();
    for (let now = 500; now <= 30_000; now += 500) {
      s.socketHeard(now);
      s.step(now);
      expect(s.rescue.wanted).toBe(false);
    }
  });

  it("takes nothing from whoever is in the room already, and is asked when the line breaks", () => {
    const s = inRoom();
    s.setAdmitted(false, 1500); // a service that has just begun does not know of us yet
    expect(s.step(2000)).toEqual([]);
    expect(s.phase()).toBe("room");
    s.mediaClosed(2500);
    s.socketHeard(2500);
    expect(s.step(2500)).toEqual([]);
    expect(s.phase()).toBe("waiting");
    s.setAdmitted(true, 2600);
    expect(s.step(2600)).toEqual([openMedia()]);
  });

  for (const halt of ["turned_down", "ended"] as const) {
    it(`is where one comes after ${halt}, when the person asks again, and takes nobody's seat`, () => {
      const s = inRoom();
      s.stop(halt, 2000);
      s.step(2000);
      expect(s.phase()).toBe(halt);
      s.takeOver(3000);
      s.socketHeard(3000);
      expect(s.step(3000)).toEqual([]);
      expect(s.phase()).toBe("waiting");
      s.setAdmitted(true, 3100);
      expect(s.step(3100)).toEqual([openMedia(false)]);
    });
  }
});

describe("how long one has waited", () => {
  it("is told in whole minutes", () => {
    expect(waitedWords(0)).toEqual({ key: "waiting.moment", minutes: 0 });
    expect(waitedWords(59.9)).toEqual({ key: "waiting.moment", minutes: 0 });
    expect(waitedWords(60)).toEqual({ key: "waiting.minute", minutes: 1 });
    expect(waitedWords(119)).toEqual({ key: "waiting.minute", minutes: 1 });
    expect(waitedWords(600)).toEqual({ key: "waiting.minutes", minutes: 10 });
  });
});
