import { Line } from "./line";
import {
  BLOCKED_AFTER_FAILURES,
  LOST_AFTER_MS,
  MEDIA_OPEN_TIMEOUT_MS,
  SILENT_SOCKET_MS,
  SILENT_SOCKET_ROBOT_OFF_MS,
  SOCKET_OPEN_TIMEOUT_MS,
} from "./timing";

/** What the person is told. `blocked` is: everything but picture and sound gets through. */
export type Phase =
  | "idle"
  | "joining"
  | "room"
  | "reconnecting"
  | "blocked"
  | "robot_off"
  | "private"
  | "no_network"
  | Halt
  | "left";

/** What only the person can lift. */
export type Halt = "busy" | "replaced" | "elsewhere" | "failed";

export type Step =
  | { readonly do: "open_socket" }
  | { readonly do: "close_socket" }
  | { readonly do: "open_media"; readonly replace: boolean }
  | { readonly do: "close_media" };

const NO_NETWORK_FAILURES = 2; // in a row before we were ever in the room; one may be bad luck

/**
 * Decides when the two connections of a session, socket and media, are opened, given up and opened again, and what
 * the person is told. Knows no transport: it is told what happened, and `step` says what to do now. Times are
 * milliseconds of one monotonic clock.
 */
export class Supervisor {
  private readonly socket = new Line();
  private readonly media = new Line();
  private wanted = false;
  private left = false;
  private present = true;
  private closed = false;
  private halt: Halt | null = null;
  private replace = false;
  private closedForGood = false;
  private everInRoom = false;

  join(now: number): void {
    this.wanted = true;
    this.left = false;
    this.halt = null;
    this.closedForGood = false;
    this.everInRoom = false;
    this.socket.retryAtOnce(now);
    this.media.retryAtOnce(now);
    this.socket.since = this.media.since = now;
  }

  leave(): void {
    this.wanted = false;
    this.left = true;
  }

  /** The service said who we are; from here on the socket is open. */
  welcomed(present: boolean, now: number): void {
    this.socket.opened(now);
    this.media.retryAt = now;
    this.setPresent(present, now);
  }

  socketHeard(now: number): void {
    this.socket.heardAt = now;
  }

  socketClosed(now: number): void {
    if (this.socket.state !== "none") this.socket.broke(now);
  }

  setPresent(present: boolean, now: number): void {
    if (present && !this.present) {
      this.media.retryAtOnce(now);
      this.socket.heardAt = now;
    }
    this.present = present;
  }

  setPrivate(closed: boolean, now: number): void {
    if (!closed && this.closed) this.media.retryAtOnce(now);
    this.closed = closed;
  }

  mediaOpened(now: number): void {
    this.media.opened(now);
    this.everInRoom = true;
    this.replace = false;
  }

  mediaHeard(now: number): void {
    this.media.heardAt = now;
  }

  /** The media session ended or never came to be. */
  mediaClosed(now: number): void {
    if (this.media.state !== "none") this.media.broke(now);
  }

  /** Something that only the person can lift; ends the media session. */
  stop(halt: Halt, now: number): void {
    this.halt = halt;
    this.mediaClosed(now);
  }

  /** Another page took our socket's place: opening it again would start a tug of war. */
  socketTaken(now: number): void {
    this.closedForGood = true;
    this.socketClosed(now);
    this.stop("elsewhere", now);
  }

  /** The person lifts what stopped us. */
  takeOver(now: number): void {
    this.closedForGood = false;
    this.replace = this.halt !== "failed";
    this.halt = null;
    this.socket.retryAtOnce(now);
    this.media.retryAtOnce(now);
  }

  /** The page is looked at again, or the network is back: no reason to wait out a pause. */
  wake(now: number): void {
    this.socket.retryAtOnce(now);
    this.media.retryAtOnce(now);
  }

  get mediaLive(): boolean {
    return this.media.state === "open";
  }

  get socketLive(): boolean {
    return this.socket.state === "open";
  }

  /** True when there is no media session and none is being opened. */
  get mediaIdle(): boolean {
    return this.media.state === "none";
  }

  /** What to do now, in this order; the caller does it at once and reports what comes of it. */
  step(now: number): Step[] {
    return [...this.stepSocket(now), ...this.stepMedia(now)];
  }

  private stepSocket(now: number): Step[] {
    const socket = this.socket;
    if (socket.state === "none") {
      if (!this.wanted || this.closedForGood || now < socket.retryAt) return [];
      socket.opening(now);
      return [{ do: "open_socket" }];
    }
    const late = socket.state === "opening" && now - socket.since >= SOCKET_OPEN_TIMEOUT_MS;
    const patience = this.present ? SILENT_SOCKET_MS : SILENT_SOCKET_ROBOT_OFF_MS;
    const silent = socket.state === "open" && now - socket.heardAt >= patience;
    if (!late && !silent) return [];
    socket.broke(now);
    return [{ do: "close_socket" }];
  }

  private stepMedia(now: number): Step[] {
    const media = this.media;
    const hold = !this.wanted || this.halt !== null || this.closed;
    if (media.state === "none") {
      if (hold || !this.present || !this.socketLive || now < media.retryAt) return [];
      media.opening(now);
      return [{ do: "open_media", replace: this.replace }];
    }
    const unheard = !this.present || !this.socketLive; // the offer, or its answer, is gone with them
    const late = media.state === "opening" && (unheard || now - media.since >= MEDIA_OPEN_TIMEOUT_MS);
    const lost = media.state === "open" && now - media.heardAt >= LOST_AFTER_MS;
    if (!hold && !late && !lost) return [];
    media.broke(now);
    return [{ do: "close_media" }];
  }

  phase(): Phase {
    if (this.left) return "left";
    if (!this.wanted) return "idle";
    if (this.halt) return this.halt;
    if (this.mediaLive) return "room";
    const reached = this.socketLive || this.socket.failures === 0; // a socket that is being renewed changes nothing
    if (reached && !this.present) return "robot_off";
    if (reached && this.closed) return "private";
    if (reached && this.media.failures >= BLOCKED_AFTER_FAILURES) return "blocked";
    if (this.everInRoom) return "reconnecting";
    return this.socket.failures >= NO_NETWORK_FAILURES ? "no_network" : "joining";
  }
}
