import { describe, expect, it } from "vitest";
import { type Step, Supervisor } from "../src/session/policy";
import {
  LOST_AFTER_MS,
  MEDIA_OPEN_TIMEOUT_MS,
  RETRY_AFTER_MS,
  SILENT_SOCKET_MS,
  SILENT_SOCKET_ROBOT_OFF_MS,
  SOCKET_OPEN_TIMEOUT_MS,
} from "../src/session/timing";

const OPEN_SOCKET: Step = { do: "open_socket" };
const CLOSE_SOCKET: Step = { do: "close_socket" };
const CLOSE_MEDIA: Step = { do: "close_media" };
const openMedia = (replace = false): Step => ({ do: "open_media", replace });

/** In the room at 1000 ms. */
function inRoom(): Supervisor {
  const s = new Supervisor();
  s.join(0);
  s.step(0);
  s.welcomed(true, 500);
  s.step(500);
  s.mediaOpened(1000);
  return s;
}

/** Beats and states come every second from 1000 ms on, up to and with `until`. */
function alive(s: Supervisor, until: number): void {
  for (let now = 1000; now <= until; now += 1000) {
    s.mediaHeard(now);
    s.socketHeard(now);
  }
}

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
    expect(s.step(200)).toEqual([openMedia()]);
    s.mediaOpened(900);
    expect(s.phase()).toBe("room");
  });

  it("gives up a socket that does not open, and says after two that there is no network", () => {
    const s = new Supervisor();
    s.join(0);
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
    const s = new Supervisor();
    s.join(0);
    s.step(0);
    s.welcomed(false, 100);
    expect(s.step(100)).toEqual([]);
    expect(s.phase()).toBe("robot_off");
    expect(s.step(19_000)).toEqual([]);
    s.setPresent(true, 19_100);
    expect(s.step(19_100)).toEqual([openMedia()]);
  });

  it("renews a socket that says nothing of a robot that is off, without another word to the person", () => {
    const s = new Supervisor();
    s.join(0);
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
    const s = new Supervisor();
    s.join(0);
    s.step(0);
    s.welcomed(true, 100);
    s.step(100);
    s.setPresent(false, 1000);
    expect(s.step(1000)).toEqual([CLOSE_MEDIA]);
    s.setPresent(true, 1500);
    expect(s.step(1500)).toEqual([openMedia()]);
  });

  it("says that picture and sound are blocked after two failures, and keeps trying with pauses", () => {
    const s = new Supervisor();
    s.join(0);
    s.step(0);
    s.welcomed(true, 0);
    s.step(0);
    let now = MEDIA_OPEN_TIMEOUT_MS;
    s.socketHeard(now);
    expect(s.step(now)).toEqual([CLOSE_MEDIA]);
    expect(s.step(now + RETRY_AFTER_MS[1] - 1)).toEqual([]);
    now += RETRY_AFTER_MS[1];
    expect(s.step(now)).toEqual([openMedia()]);
    s.mediaClosed(now + 10);
    expect(s.phase()).toBe("blocked");
    expect(s.step(now + 10 + RETRY_AFTER_MS[2])).toEqual([openMedia()]);
  });
});

describe("a line that breaks", () => {
  it("is lost after 2.5 s without a word, and media is opened again at once", () => {
    const s = inRoom();
    alive(s, 5000);
    s.socketHeard(7000);
    expect(s.step(5000 + LOST_AFTER_MS - 1)).toEqual([]);
    expect(s.step(5000 + LOST_AFTER_MS)).toEqual([CLOSE_MEDIA]);
    expect(s.phase()).toBe("reconnecting");
    expect(s.step(5000 + LOST_AFTER_MS)).toEqual([openMedia()]);
    s.mediaOpened(8000);
    expect(s.phase()).toBe("room");
  });

  it("loses only the socket: the room goes on, and the socket is opened again", () => {
    const s = inRoom();
    alive(s, 3000);
    s.socketClosed(3000);
    expect(s.phase()).toBe("room");
    expect(s.step(3000)).toEqual([OPEN_SOCKET]);
    s.welcomed(true, 3200);
    expect(s.step(3200)).toEqual([]);
    expect(s.phase()).toBe("room");
  });

  it("loses a socket that is silent although the robot is on", () => {
    const s = inRoom();
    for (let now = 1000; now <= 5000; now += 500) s.mediaHeard(now);
    s.socketHeard(1000);
    expect(s.step(1000 + SILENT_SOCKET_MS)).toEqual([CLOSE_SOCKET]);
    expect(s.phase()).toBe("room");
  });

  it("does not wait for an answer that a broken socket cannot bring", () => {
    const s = inRoom();
    s.socketHeard(3500);
    s.step(3500);
    expect(s.step(3500)).toEqual([openMedia()]);
    s.socketClosed(4000);
    expect(s.step(4000)).toEqual([OPEN_SOCKET, CLOSE_MEDIA]);
    s.welcomed(true, 4300);
    expect(s.step(4300)).toEqual([openMedia()]);
  });

  it("is told as reconnecting, never as no network, once we were in the room", () => {
    const s = inRoom();
    s.socketClosed(2000);
    s.mediaClosed(2000);
    for (let now = 2000; now < 60_000; now += 100) s.step(now);
    expect(s.phase()).toBe("reconnecting");
  });

  it("does not storm: pauses grow to three seconds", () => {
    const s = new Supervisor();
    s.join(0);
    let opened = 0;
    for (let now = 0; now < 60_000; now += 100) {
      for (const step of s.step(now)) {
        if (step.do !== "open_socket") continue;
        opened += 1;
        s.socketClosed(now);
      }
    }
    expect(opened).toBeGreaterThan(18);
    expect(opened).toBeLessThan(25);
  });
});

describe("what only a person can lift", () => {
  it("busy: holds still until the person takes over, and then says so in the offer", () => {
    const s = new Supervisor();
    s.join(0);
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
    s.mediaClosed(9600);
    expect(s.step(9600)).toEqual([openMedia(false)]);
  });

  it("replaced: ends the session without a tug of war", () => {
    const s = inRoom();
    s.stop("replaced", 2000);
    expect(s.phase()).toBe("replaced");
    expect(s.mediaIdle).toBe(true);
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
    expect(s.step(61_000)).toEqual([OPEN_SOCKET]);
    expect(s.phase()).toBe("joining");
  });
});
