import { Line } from "./line";
import type { Halt, Phase, Step } from "./phase";
import { RescueRule } from "./rescueRule";
import { socketStep } from "./socketRule";
import {
  BLOCKED_AFTER_FAILURES,
  LISTEN_FOR_MS,
  LISTEN_TO_ABSENT_MS,
  LOST_AFTER_MS,
  MEDIA_OPEN_TIMEOUT_MS,
  MISSED_AFTER_MS,
  SILENT_SOCKET_MS,
  SILENT_SOCKET_ROBOT_OFF_MS,
} from "./timing";

const NO_NETWORK_FAILURES = 2; // in a row before we were ever in the room; one may be bad luck
const TAKES_OVER: ReadonlySet<Halt> = new Set(["busy", "replaced", "elsewhere"] as const);
const OUT: ReadonlySet<Halt> = new Set(["turned_down", "ended"] as const); // by the course leader: to come in is to knock

/**
 * Decides when the connections of a session, socket and media, are opened, given up and opened again, and what the
 * person is told. A media session that falls silent is listened to while a new one is made beside it: whichever lives
 * wins. Knows no transport: it is told what happened, and `step` says what to do now. Times are milliseconds of one
 * monotonic clock.
 */
export class Supervisor {
  private readonly socket = new Line();
  /** The media session that is shown: none or open. */
  private readonly media = new Line();
  /** The one that is to take its place: none or opening. */
  private readonly next = new Line();
  /** Stills and sound by the service, in place of media. */
  readonly rescue = new RescueRule();
  private answered = false;
  private moved = false;
  private lost = false;
  private wanted = false;
  private ready = false;
  private left = false;
  private present = true;
  private closed = false;
  private admitted = true;
  private halt: Halt | null = null;
  private replace = false;
  private closedForGood = false;
  private everInRoom = false;

  /** The person's tap: the socket may open. Media waits for `allow`. */
  join(now: number): void {
    this.wanted = true;
    this.ready = this.left = this.moved = this.lost = false;
    this.admitted = true; // until the service says otherwise
    this.halt = null;
    this.closedForGood = false;
    this.everInRoom = false;
    this.rescue.revoke();
    this.rescue.settled();
    this.wake(now);
    this.socket.since = this.next.since = now;
  }

  /** The person has answered for the microphone: media may open. */
  allow(): void {
    this.ready = true;
  }

  leave(): void {
    this.turnBack();
    this.left = true;
  }

  /** The person did not come in after all. */
  turnBack(): void {
    this.wanted = false;
    for (const line of [this.socket, this.media, this.next]) line.settled(); // closed with the page's own hand
    this.rescue.settled();
  }

  /** The service said who we are; from here on the socket is open. */
  welcomed(present: boolean, now: number): void {
    this.socket.opened(now);
    this.next.retryAt = now;
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
      this.next.retryAtOnce(now);
      this.socket.heardAt = now;
    }
    this.present = present;
  }

  setPrivate(closed: boolean, now: number): void {
    if (!closed && this.closed) this.next.retryAtOnce(now);
    this.closed = closed;
  }

  /** Whether the course leader has let the person in; until then nothing of the room is asked for. */
  setAdmitted(admitted: boolean, now: number): void {
    if (admitted && !this.admitted) this.next.retryAtOnce(now);
    this.admitted = admitted;
  }

  /** The service did not do something; should that be our offer, no answer comes. */
  offerLost(now: number): void {
    const ofStills = this.rescue.wanted; // it may be about a word or a sound of theirs; the offer has its own time
    if (!this.answered && !ofStills) this.mediaFailed(now);
  }

  /** The robot's answer came: from here on the new media session needs no socket. */
  mediaAnswered(): void {
    this.answered = true;
    this.rescue.grant();
  }

  /** The new media session is connected and takes the place of the one that was shown. */
  mediaOpened(now: number): void {
    this.media.opened(now);
    this.next.settled();
    this.everInRoom = true;
    this.replace = this.moved = this.lost = false;
    this.rescue.settled();
  }

  /** The media session that is shown was heard. */
  mediaHeard(now: number): void {
    this.media.heardAt = now;
    this.lost = false;
  }

  /** The media session that is shown has ended. */
  mediaClosed(now: number): void {
    if (this.media.state === "none") return;
    this.media.broke(now);
    this.next.retryAt = Math.min(this.next.retryAt, now);
  }

  /** The new media session never came to be. */
  mediaFailed(now: number): void {
    if (this.next.state === "none") return;
    this.next.broke(now);
    this.moved = false;
  }

  /** Something that only the person can lift; ends the media sessions. */
  stop(halt: Halt, now: number): void {
    this.halt = halt;
    if (OUT.has(halt)) this.admitted = false;
    if (halt === "over") this.closedForGood = true; // the link opens nothing before the next meeting
    this.rescue.revoke();
    this.mediaClosed(now);
    this.mediaFailed(now);
  }

  /** Another page took our socket's place: opening it again would start a tug of war. */
  socketTaken(now: number): void {
    this.closedForGood = true;
    this.socketClosed(now);
    this.stop("elsewhere", now);
  }

  /** The person lifts what stopped us; `replace` sends away whoever has the seat. */
  takeOver(now: number, replace = this.halt !== null && TAKES_OVER.has(this.halt)): void {
    this.closedForGood = false;
    this.replace = replace;
    this.halt = null;
    this.wake(now);
  }

  /** The page is looked at again: no reason to wait out a pause. */
  wake(now: number): void {
    this.socket.retryAtOnce(now);
    this.next.retryAtOnce(now);
  }

  /** Another network, or the same one again: what is open may be dead without a word, so a new session is made. */
  networkChanged(now: number): void {
    this.wake(now);
    this.moved = this.media.state === "open";
    const doubtful = this.socket.state === "opening" || now - this.socket.heardAt >= MISSED_AFTER_MS;
    if (doubtful) this.socket.patience = 0;
    this.next.patience = 0;
  }

  get mediaLive(): boolean {
    return this.media.state === "open" && !this.lost;
  }

  get inRoom(): boolean {
    return this.mediaLive || this.rescue.live;
  }

  get socketLive(): boolean {
    return this.socket.state === "open";
  }

  /** True while there is a media session to show, heard or not. */
  get mediaHeld(): boolean {
    return this.media.state === "open";
  }

  /** True while a new media session is being made. */
  get mediaComing(): boolean {
    return this.next.state === "opening";
  }

  get waitsForPerson(): boolean {
    return this.wanted && !this.ready;
  }

  /** What to do now, in this order; the caller does it at once and reports what comes of it. */
  step(now: number): Step[] {
    this.lost = this.media.state === "open" && this.silent(now) >= LOST_AFTER_MS;
    const steps = [...this.stepSocket(now), ...this.stepMedia(now)];
    this.lookAtRescue(now);
    return steps;
  }

  private lookAtRescue(now: number): void {
    const missed = this.wanted && this.ready && this.halt === null && !this.closed && this.admitted && !this.mediaLive;
    if (!missed) this.rescue.settled();
    else if (this.mediaHeld) this.rescue.missing(this.media.heardAt, true);
    else if (this.everInRoom) this.rescue.missing(now, true);
    else if (this.mediaComing) this.rescue.missing(now, false);
    this.rescue.look(now, this.socketLive && this.present);
    this.everInRoom ||= this.rescue.live;
  }

  private silent(now: number): number {
    return now - this.media.heardAt;
  }

  private stepSocket(now: number): Step[] {
    const patience = this.lost ? LOST_AFTER_MS : this.present ? SILENT_SOCKET_MS : SILENT_SOCKET_ROBOT_OFF_MS;
    return socketStep(this.socket, now, this.wanted && !this.closedForGood, patience);
  }

  private stepMedia(now: number): Step[] {
    const hold = !this.wanted || this.halt !== null || this.closed;
    if (hold) return [...this.dropNext(now), ...this.closeShown(now)];
    const enough = this.silent(now) >= (this.present ? LISTEN_FOR_MS : LISTEN_TO_ABSENT_MS);
    return [...(enough ? this.closeShown(now) : []), ...this.stepNext(now)];
  }

  private stepNext(now: number): Step[] {
    if (this.next.state === "opening") {
      const unheard = !this.present || !this.socketLive; // the offer, or its answer, is gone with them
      const late = (unheard && !this.answered) || now - this.next.since >= MEDIA_OPEN_TIMEOUT_MS;
      if (late) return this.dropNext(now);
      const needless = !this.answered && !this.moved && this.mediaHeld && this.silent(now) < MISSED_AFTER_MS;
      if (!needless && this.next.patience > 0) return [];
      this.next.settled();
      return [{ do: "drop_media" }];
    }
    const needed = !this.mediaHeld || this.moved || this.silent(now) >= MISSED_AFTER_MS;
    if (!needed || !this.ready || !this.admitted || !this.present || !this.socketLive) return [];
    if (now < this.next.retryAt) return [];
    this.next.opening(now);
    this.answered = false;
    return [{ do: "open_media", replace: this.replace }];
  }

  private dropNext(now: number): Step[] {
    if (this.next.state === "none") return [];
    this.mediaFailed(now);
    return [{ do: "drop_media" }];
  }

  private closeShown(now: number): Step[] {
    if (this.media.state === "none") return [];
    this.media.broke(now);
    return [{ do: "close_media" }];
  }

  phase(): Phase {
    if (this.left) return "left";
    if (!this.wanted) return "idle";
    if (this.halt) return this.halt;
    if (this.mediaLive) return "room";
    if (!this.ready) return "joining"; // the tablet asks the person: one thing at a time
    const reached = this.socketLive || this.socket.failures === 0; // a socket that is being renewed changes nothing
    if (reached && !this.admitted) return "waiting"; // whatever else: it is the first thing that somebody has to do
    if (reached && !this.present && !this.mediaHeld) return "robot_off"; // until then its line may be what broke
    if (reached && this.closed) return "private";
    if (this.rescue.live) return "room";
    if (reached && this.next.failures >= BLOCKED_AFTER_FAILURES) return "blocked";
    if (this.everInRoom) return "reconnecting";
    return this.socket.failures >= NO_NETWORK_FAILURES ? "no_network" : "joining";
  }
}
