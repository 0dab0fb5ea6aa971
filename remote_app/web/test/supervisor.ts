import type { Step } from "../src/session/phase";
import { Supervisor } from "../src/session/policy";

export const OPEN_SOCKET: Step = { do: "open_socket" };
export const CLOSE_SOCKET: Step = { do: "close_socket" };
export const CLOSE_MEDIA: Step = { do: "close_media" };
export const DROP_MEDIA: Step = { do: "drop_media" };
export const openMedia = (replace = false): Step => ({ do: "open_media", replace });

/** The person has tapped and has answered for the microphone. */
export function tapped(now = 0): Supervisor {
  const s = new Supervisor();
  s.join(now);
  s.allow();
  return s;
}

/** In the room at 1000 ms. */
export function inRoom(): Supervisor {
  const s = tapped();
  s.step(0);
  s.welcomed(true, 500);
  s.step(500);
  s.mediaOpened(1000);
  return s;
}

/** Beats and states come every second from 1000 ms on, up to and with `until`. */
export function alive(s: Supervisor, until: number): void {
  for (let now = 1000; now <= until; now += 1000) {
    s.mediaHeard(now);
    s.socketHeard(now);
  }
}
