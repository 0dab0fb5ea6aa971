import { describe, expect, it } from "vitest";
import {
  LISTEN_FOR_MS,
  LISTEN_TO_ABSENT_MS,
  LOST_AFTER_MS,
  MISSED_AFTER_MS,
  SILENT_SOCKET_MS,
} from "../src/session/timing";
import { CLOSE_MEDIA, CLOSE_SOCKET, DROP_MEDIA, OPEN_SOCKET, alive, inRoom, openMedia, tapped } from "./supervisor";

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
