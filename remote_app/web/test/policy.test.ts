import { describe, expect, it } from "vitest";
import { Supervisor } from "../src/session/policy";
import {
  MEDIA_OPEN_TIMEOUT_MS,
  RETRY_AFTER_MS,
  SILENT_SOCKET_ROBOT_OFF_MS,
  SOCKET_OPEN_TIMEOUT_MS,
} from "../src/session/timing";
import { CLOSE_MEDIA, CLOSE_SOCKET, DROP_MEDIA, OPEN_SOCKET, inRoom, openMedia, tapped } from "./supervisor";

describe("joining", () => {
  it("opens the socket, then media, and is in the room", () => {
    const s = new Supervisor();
    expect(s.step(0)).toEqual([]);
    expect(s.phase()).toBe("idle");
    s.join(0);
    expect(s.step(0)).toEqual([OPEN_SOCKET]);
    expect(s.step(100)).toEqual([]);
    expect(s.phase()).toBe("joining");
    s.welcomed(true, 200);
    expect(s.step(200)).toEqual([]);
    expect(s.waitsForPerson).toBe(true);
    s.allow(); // the microphone is answered for
    expect(s.step(200)).toEqual([openMedia()]);
    s.mediaOpened(900);
    expect(s.phase()).toBe("room");
  });

  it("gives up a socket that does not open, and says after two that there is no network", () => {
    const s = tapped();
    s.step(0);
    expect(s.step(SOCKET_OPEN_TIMEOUT_MS)).toEqual([CLOSE_SOCKET]);
    expect(s.phase()).toBe("joining");
    expect(s.step(SOCKET_OPEN_TIMEOUT_MS + RETRY_AFTER_MS[1])).toEqual([OPEN_SOCKET]);
    s.socketClosed(5000);
    expect(s.phase()).toBe("no_network");
    s.wake(5001);
    expect(s.step(5001)).toEqual([OPEN_SOCKET]);
    s.welcomed(true, 5100);
    expect(s.phase()).toBe("joining");
  });

  it("waits for a robot that is off, and goes on by itself", () => {
    const s = tapped();
    s.step(0);
    s.welcomed(false, 100);
    expect(s.step(100)).toEqual([]);
    expect(s.phase()).toBe("robot_off");
    expect(s.step(19_000)).toEqual([]);
    s.setPresent(true, 19_100);
    expect(s.step(19_100)).toEqual([openMedia()]);
  });

  it("renews a socket that says nothing of a robot that is off, without another word to the person", () => {
    const s = tapped();
    s.step(0);
    s.welcomed(false, 0);
    expect(s.step(SILENT_SOCKET_ROBOT_OFF_MS)).toEqual([CLOSE_SOCKET]);
    expect(s.phase()).toBe("robot_off");
    expect(s.step(SILENT_SOCKET_ROBOT_OFF_MS)).toEqual([OPEN_SOCKET]);
    expect(s.phase()).toBe("robot_off");
    s.welcomed(true, SILENT_SOCKET_ROBOT_OFF_MS + 100);
    expect(s.step(SILENT_SOCKET_ROBOT_OFF_MS + 100)).toEqual([openMedia()]);
  });

  it("gives up an offer to a robot that went off, and offers again when it is back", () => {
    const s = tapped();
    s.step(0);
    s.welcomed(true, 100);
    s.step(100);
    s.setPresent(false, 1000);
    expect(s.step(1000)).toEqual([DROP_MEDIA]);
    s.setPresent(true, 1500);
    expect(s.step(1500)).toEqual([openMedia()]);
  });

  it("says that picture and sound are blocked after two failures, and keeps trying with pauses", () => {
    const s = tapped();
    s.step(0);
    s.welcomed(true, 0);
    s.step(0);
    let now = MEDIA_OPEN_TIMEOUT_MS;
    s.socketHeard(now);
    expect(s.step(now)).toEqual([DROP_MEDIA]);
    expect(s.step(now + RETRY_AFTER_MS[1] - 1)).toEqual([]);
    now += RETRY_AFTER_MS[1];
    expect(s.step(now)).toEqual([openMedia()]);
    s.mediaFailed(now + 10);
    expect(s.phase()).toBe("blocked");
    expect(s.step(now + 10 + RETRY_AFTER_MS[2])).toEqual([openMedia()]);
  });
});

describe("what only a person can lift", () => {
  it("busy: holds still until the person takes over, and then says so in the offer", () => {
    const s = tapped();
    s.step(0);
    s.welcomed(true, 0);
    s.step(0);
    s.stop("busy", 300);
    expect(s.phase()).toBe("busy");
    s.socketHeard(9000);
    expect(s.step(9000)).toEqual([]);
    s.takeOver(9000);
    expect(s.step(9000)).toEqual([openMedia(true)]);
    s.mediaOpened(9500);
    s.socketHeard(9600);
    s.mediaClosed(9600);
    expect(s.step(9600)).toEqual([openMedia(false)]);
  });

  it("busy, and free again: whoever was quicker is not sent away", () => {
    const s = tapped();
    s.step(0);
    s.welcomed(true, 0);
    s.step(0);
    s.stop("busy", 300);
    s.socketHeard(9000);
    s.takeOver(9000, false);
    expect(s.step(9000)).toEqual([openMedia(false)]);
  });

  it("replaced: ends the session without a tug of war", () => {
    const s = inRoom();
    s.stop("replaced", 2000);
    expect(s.phase()).toBe("replaced");
    expect([s.mediaHeld, s.mediaComing]).toEqual([false, false]);
    s.socketHeard(9000);
    expect(s.step(9000)).toEqual([]);
  });

  it("opened in the same tab again: the socket stays closed until the person wants this one", () => {
    const s = inRoom();
    s.socketTaken(2000);
    expect(s.phase()).toBe("elsewhere");
    expect(s.step(60_000)).toEqual([]);
    s.takeOver(60_000);
    expect(s.step(60_000)).toEqual([OPEN_SOCKET]);
  });
});

describe("privacy and leaving", () => {
  it("private closes media and comes back by itself", () => {
    const s = inRoom();
    s.setPrivate(true, 2000);
    expect(s.step(2000)).toEqual([CLOSE_MEDIA]);
    expect(s.phase()).toBe("private");
    s.setPrivate(false, 2500);
    expect(s.step(2500)).toEqual([openMedia()]);
  });

  it("a person who left stays out until they join again", () => {
    const s = inRoom();
    s.leave();
    s.mediaClosed(2000);
    s.socketClosed(2000);
    expect(s.step(60_000)).toEqual([]);
    expect(s.phase()).toBe("left");
    s.join(61_000);
    s.allow();
    expect(s.step(61_000)).toEqual([OPEN_SOCKET]);
    expect(s.phase()).toBe("joining");
  });

  it("who left, or turned back, is let in again at once: the page closed its lines itself", () => {
    for (const go of ["leave", "turnBack"] as const) {
      const s = inRoom();
      s[go]();
      s.join(2000);
      s.allow();
      expect(s.step(2000)).toEqual([OPEN_SOCKET]);
    }
  });
});
