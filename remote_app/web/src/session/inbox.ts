import type { Answer, Declined, Ended, Reply, RobotState, Sorry, ToPage } from "../generated/wire";
import * as store from "../store";
import type { Handover } from "./handover";
import type { Supervisor } from "./policy";
import type { Steering } from "./steering";
import type { StillIntent } from "./still";
import type { Texts } from "./texts";
import type { Wishes } from "./wishes";

/** What each message of the service means for the session. */
export class Inbox {
  /** Who else is told: the page that looks on. */
  listener: ((message: ToPage) => void) | null = null;
  private lost = ""; // the connection that somebody took the place of

  constructor(
    private readonly supervisor: Supervisor,
    private readonly wishes: Wishes,
    private readonly steering: Steering,
    private readonly media: Handover,
    private readonly still: StillIntent,
    private readonly texts: Texts,
  ) {}

  take(message: ToPage, now: number): void {
    this.supervisor.socketHeard(now);
    switch (message.type) {
      case "welcome":
        store.welcome.value = message;
        store.ice.value = message.ice;
        this.supervisor.setAdmitted(message.admitted, now);
        this.supervisor.welcomed(message.present, now);
        this.texts.welcomed(message.session, message.lines);
        if (message.state) this.state(message.state, now);
        break;
      case "ice":
        store.ice.value = message;
        break;
      case "robot_present":
        this.supervisor.setPresent(message.present, now);
        break;
      case "state":
        this.supervisor.setPresent(true, now);
        this.state(message, now);
        break;
      case "waiting":
        store.waitedS.value = message.since_s;
        break;
      case "admitted":
        this.supervisor.setAdmitted(true, now);
        break;
      case "not_admitted":
        this.supervisor.stop("turned_down", now);
        break;
      case "queue_place":
        store.queue.value = message;
        break;
      case "pose":
        if (!this.media.steers) this.steering.poseCame(message, now);
        break;
      case "text_line":
        this.texts.came(message);
        break;
      case "asked":
        this.media.named(message.connection, message.sent_ms);
        break;
      case "answer":
        this.answer(message);
        break;
      case "declined":
        this.declined(message, now);
        break;
      case "ended":
        this.ended(message, now);
        break;
      case "meeting_over":
        this.supervisor.stop("over", now);
        break;
      case "done":
      case "refused":
        this.reply(message, now);
        break;
      case "sorry":
        this.sorry(message, now);
        break;
    }
    this.listener?.(message);
  }

  /** An answer that comes when none is awaited is to an attempt that was given up. */
  private answer(message: Answer): void {
    if (this.media.answer(message.connection, message.sdp)) this.supervisor.mediaAnswered();
  }

  private state(state: RobotState, now: number): void {
    store.robot.value = state;
    this.supervisor.setPrivate(state.private, now);
    const ours = state.session !== null && state.session.id === store.welcome.value?.session;
    const connection = ours && state.session?.connection;
    if (connection && connection !== this.lost && this.supervisor.phase() === "replaced") {
      this.supervisor.stop("elsewhere", now); // it is the same person, on another screen
    }
    if (ours && this.supervisor.inRoom) this.wishes.heartbeat(state, now);
    if (ours) this.steering.lineIs(state.quality?.rtt_ms ?? null, now);
    if (state.pose && !this.supervisor.mediaLive) this.steering.poseCame(state.pose, now);
  }

  private declined(message: Declined, now: number): void {
    store.holder.value = message.holder;
    if (message.reason === "busy") this.supervisor.stop("busy", now);
    else if (message.reason === "bad_offer") this.supervisor.stop("failed", now);
    else if (this.media.which(message.connection) === "next") this.supervisor.mediaFailed(now);
    if (message.reason === "private") this.supervisor.setPrivate(true, now);
  }

  /** Of the connection that is shown, or of a newer one: then the whole session is over. */
  private ended(message: Ended, now: number): void {
    const which = this.media.which(message.connection);
    if (message.reason === "media_failed" && which === "neither") return; // of an attempt that was given up
    if (message.reason !== "media_failed") this.supervisor.rescue.revoke();
    if (message.reason === "replaced" || message.reason === "left") {
      store.holder.value = ""; // the robot's next state names who it is
      this.lost = message.connection;
      this.wishes.reset(); // the hand goes on without us: it is not raised again after somebody else took it down
      this.supervisor.stop("replaced", now);
    }
    if (message.reason === "leader") this.supervisor.stop("ended", now);
    if (message.reason === "meeting_over") this.supervisor.stop("over", now);
    if (which === "next" || message.reason !== "media_failed") this.supervisor.mediaFailed(now);
    if (which === "shown" || message.reason !== "media_failed") this.supervisor.mediaClosed(now);
    if (message.reason === "private") this.supervisor.setPrivate(true, now);
  }

  private reply(message: Reply, now: number): void {
    this.wishes.reply(message, now);
    if (message.type === "refused") this.still.refused(message.id, message.reason);
  }

  private sorry(message: Sorry, now: number): void {
    if (message.reason === "opened_elsewhere") this.supervisor.stop("elsewhere", now);
    else if (message.reason === "robot_off") this.supervisor.setPresent(false, now);
    else {
      if (message.reason === "not_admitted") this.supervisor.setAdmitted(false, now);
      this.supervisor.offerLost(now);
    }
  }
}
