import type { ToPage } from "../generated/wire";
import { beside, companion, goesWithoutMicrophone, robot } from "../store";
import type { Session } from "./session";
import { Watching } from "./watching";
import { besideHindrance } from "./watchRule";

const TICK_MS = 500;

/** Another tablet of the seat, beside the one that steers: sees and hears by a connection of its own, and reads and
 *  writes what the seat and the leader write; it is not heard. */
export class BesideLine {
  readonly watching: Watching = new Watching(
    (message) => this.session.send(message),
    () => companion.peek(),
  );
  private present = true;
  private timer = 0;

  constructor(private readonly session: Session) {}

  open(): void {
    const { voice, wishes, inbox } = this.session;
    voice.close(beside.peek() === "gave" && voice.wantsOn); // whoever looks on is not heard
    wishes.reset(); // hand and listening are the other tablet's now
    inbox.listener = (message) => this.take(message);
    this.timer = window.setInterval(() => this.tick(), TICK_MS);
    this.tick();
  }

  close(): void {
    window.clearInterval(this.timer);
    this.session.inbox.listener = null;
    this.session.texts.aside = false;
    this.watching.close();
    beside.value = "no";
  }

  /** The person's tap: from here on they are heard, as after any tap on *Bli med*. */
  steer(): void {
    this.session.voice.close();
    this.takeSeat();
  }

  private takeSeat(): void {
    this.session.voice.unlock();
    if (!goesWithoutMicrophone.peek()) void this.session.voice.open();
    this.session.takeOver();
  }

  private take(message: ToPage): void {
    const now = performance.now();
    if (message.type === "asked") this.watching.asked(message);
    else if (message.type === "watch_answer") this.watching.answer(message);
    else if (message.type === "watch_ended") this.watching.ended(message, now);
    else if (message.type === "robot_present") this.present = message.present;
    else if (message.type === "state") this.present = true;
    else if (message.type === "steer") this.takeSeat();
    else if (message.type === "welcome") {
      this.present = message.present;
      this.watching.tick("offline", now); // with the old line went what was asked for on it
    }
    this.tick();
  }

  private tick(): void {
    const { supervisor, texts } = this.session;
    this.watching.tick(besideHindrance(robot.peek(), this.present, supervisor.socketLive), performance.now());
    texts.aside = this.watching.shown.peek() === null;
  }
}
