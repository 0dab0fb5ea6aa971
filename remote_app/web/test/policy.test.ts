import { describe, expect, it } from "vitest";
import type { Step } from "../src/session/phase";
import { Supervisor } from "../src/session/policy";
import {
  LISTEN_FOR_MS,
  LISTEN_TO_ABSENT_MS,
  LOST_AFTER_MS,
  MISSED_AFTER_MS,
  MEDIA_OPEN_TIMEOUT_MS,
  RETRY_AFTER_MS,
  SILENT_SOCKET_MS,
  SILENT_SOCKET_ROBOT_OFF_MS,
  SOCKET_OPEN_TIMEOUT_MS,
} from "../src/session/timing";

const OPEN_SOCKET: Step = { do: "open_socket" };
const CLOSE_SOCKET: Step = { do: "close_socket" };
const CLOSE_MEDIA: Step = { do: "close_media" };
const DROP_MEDIA: Step = { do: "drop_media" };
const openMedia = (replace = false): Step => ({ do: "open_media", replace });

/** The person has tapped and has answered for the microphone. */
function tapped(now = 0): Supervisor {
  const s = new Supervisor();
  s.join(now);
  s.allow();
  return s;
}

/** In the room at 1000 ms. */
function inRoom(): Supervisor {
  const s = tapped();
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

describe("a line that breaks", () => {
  it("makes a new session when a beat is missed, and the old one stays until the new one is there", () => {
    const s = inRoom();
    alive(s, 5000);
    expect(s.step(5000 + MISSED_AFTER_MS - 1)).toEqual([]);
    expect(s.step(5000 + MISSED_AFTER_MS)).toEqual([openMedia()]);
    expect(s.phase()).toBe("room");
    s.socketHeard(7000);
    s.mediaAnswered();
    expect(s.step(5000 + LOST_AFTER_MS)).toEqual([]);
    expect(s.phase()).toBe("reconnecting");
    expect(s.mediaHeld).toBe(true);
    s.mediaOpened(8000);
    expect(s.phase()).toBe("room");
    expect(s.mediaComing).toBe(false);
    expect(s.step(8000)).toEqual([]);
  });

  it("goes on with the old session when that is heard again before the robot has answered", () => {
    const s = inRoom();
    s.step(1000 + MISSED_AFTER_MS);
    s.mediaHeard(2400);
    expect(s.step(2400)).toEqual([DROP_MEDIA]);
    expect(s.phase()).toBe("room");
    expect(s.step(2500)).toEqual([]);
    s.socketHeard(3700);
    expect(s.step(2400 + MISSED_AFTER_MS)).toEqual([openMedia()]);
  });

  it("lets the new session win once the robot has answered, though the old one is heard again", () => {
    const s = inRoom();
    s.step(1000 + MISSED_AFTER_MS);
    s.mediaAnswered();
    s.mediaHeard(2400);
    expect(s.step(2400)).toEqual([]);
    expect(s.phase()).toBe("room");
    s.mediaOpened(2600);
    expect(s.mediaComing).toBe(false);
  });

  it("listens to the old session through five seconds of nothing, and is in the room with its first word", () => {
    const s = inRoom();
    for (let now = 1000; now < 6000; now += 100) s.step(now);
    expect(s.phase()).toBe("reconnecting");
    expect(s.mediaHeld).toBe(true);
    s.mediaHeard(6000);
    s.step(6000);
    expect(s.phase()).toBe("room");
    expect(s.mediaComing).toBe(false);
  });

  it("calls it a broken line while it still listens to a robot that has fallen silent, then a robot that is off", () => {
    const s = inRoom();
    s.socketHeard(4000);
    s.setPresent(false, 4000);
    s.step(4000);
    expect(s.phase()).toBe("reconnecting");
    for (let now = 4000; now < 1000 + LISTEN_TO_ABSENT_MS; now += 1000) s.socketHeard(now);
    s.step(1000 + LISTEN_TO_ABSENT_MS - 100);
    expect(s.phase()).toBe("reconnecting");
    expect(s.step(1000 + LISTEN_TO_ABSENT_MS)).toEqual([CLOSE_MEDIA]);
    expect(s.phase()).toBe("robot_off");
  });

  it("listens for as long as the robot keeps the seat, and no longer", () => {
    const s = inRoom();
    for (let now = 1000; now < 1000 + LISTEN_FOR_MS; now += 500) {
      s.socketHeard(now);
      s.step(now);
    }
    expect(s.mediaHeld).toBe(true);
    s.socketHeard(1000 + LISTEN_FOR_MS);
    expect(s.step(1000 + LISTEN_FOR_MS)).toContainEqual(CLOSE_MEDIA);
  });

  it("renews a socket that is silent with the media session", () => {
    const s = inRoom();
    s.socketHeard(1000);
    s.step(1000 + MISSED_AFTER_MS);
    expect(s.step(1000 + LOST_AFTER_MS)).toEqual([CLOSE_SOCKET, DROP_MEDIA]);
    expect(s.step(1000 + LOST_AFTER_MS)).toEqual([OPEN_SOCKET]);
  });

  it("keeps an answered session although its socket breaks", () => {
    const s = inRoom();
    s.step(1000 + MISSED_AFTER_MS);
    s.mediaAnswered();
    s.socketClosed(2400);
    expect(s.step(2400)).toEqual([OPEN_SOCKET]);
    expect(s.mediaComing).toBe(true);
  });

  it("does not insist on a new session that fails while the old one lives", () => {
    const s = inRoom();
    s.networkChanged(1100);
    expect(s.step(1100)).toEqual([openMedia()]);
    s.mediaFailed(1500);
    alive(s, 4000);
    expect(s.step(4000)).toEqual([]);
    expect(s.phase()).toBe("room");
  });

  it("opens media again at once when the session that was shown has ended", () => {
    const s = inRoom();
    s.mediaClosed(1500);
    expect(s.phase()).toBe("reconnecting");
    expect(s.step(1500)).toEqual([openMedia()]);
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
    expect(s.step(1000 + MISSED_AFTER_MS)).toEqual([openMedia()]);
    s.socketClosed(2400);
    expect(s.step(2400)).toEqual([OPEN_SOCKET, DROP_MEDIA]);
    s.welcomed(true, 2700);
    expect(s.step(2700)).toEqual([openMedia()]);
  });

  it("is told as reconnecting, never as no network, once we were in the room", () => {
    const s = inRoom();
    s.socketClosed(2000);
    s.mediaClosed(2000);
    for (let now = 2000; now < 60_000; now += 100) s.step(now);
    expect(s.phase()).toBe("reconnecting");
  });

  it("does not storm: pauses grow to three seconds", () => {
    const s = tapped();
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

describe("another network", () => {
  it("makes a new session at once, and neither gives it up for the old one nor makes two", () => {
    const s = inRoom();
    s.networkChanged(1100);
    expect(s.step(1100)).toEqual([openMedia()]);
    s.mediaHeard(1200);
    expect(s.step(1200)).toEqual([]);
    s.mediaAnswered();
    s.mediaOpened(1600);
    expect(s.step(1600)).toEqual([]);
    expect(s.phase()).toBe("room");
  });

  it("begins anew when it was in the middle of an attempt over the old one", () => {
    const s = inRoom();
    s.step(1000 + MISSED_AFTER_MS);
    s.networkChanged(2600);
    expect(s.step(2600)).toEqual([CLOSE_SOCKET, DROP_MEDIA]);
    expect(s.step(2600)).toEqual([OPEN_SOCKET]);
    s.welcomed(true, 2700);
    expect(s.step(2700)).toEqual([openMedia()]);
  });

  it("leaves alone a socket that was heard a moment ago", () => {
    const s = inRoom();
    s.socketHeard(1400);
    s.networkChanged(1500);
    expect(s.step(1500)).toEqual([openMedia()]);
    expect(s.socketLive).toBe(true);
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
