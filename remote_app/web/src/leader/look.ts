import { signal } from "@preact/signals";
import type { Asked, FromLeader, WatchAnswer, WatchEnded } from "../generated/wire";
import { Watching } from "../session/watching";
import type { Hindrance } from "../session/watchRule";
import type { Board, RobotView } from "./board";

/** What a leader can know before asking; null: it is worth asking. Pure. */
export function leadersHindrance(view: Pick<RobotView, "present" | "state">, live: boolean): Hindrance | null {
  if (!live) return "offline";
  if (!view.present || !view.state) return "off";
  if (view.state.mode === "one_to_one") return "by_itself";
  return view.state.private ? "private" : null;
}

/** One room as this leader sees it; gone when the leader has seen enough. */
export interface Looking {
  readonly robot: string;
  readonly watching: Watching;
}

/** Into one room at a time, as a watcher whom the robot names to everybody. */
export class Look {
  readonly at = signal<Looking | null>(null);
  /** The room is heard too; off until the leader wants it. */
  readonly hears = signal(false);

  constructor(private readonly send: (message: FromLeader) => boolean) {}

  open(robot: string): void {
    if (this.at.peek()?.robot === robot) return;
    this.close();
    const watching = new Watching((message) => {
      if (message.type === "stop_watching") return this.send({ type: "leader_unwatch", robot });
      return this.send({ type: "leader_watch", robot, sdp: message.sdp, sent_ms: message.sent_ms });
    });
    this.hears.value = false;
    this.at.value = { robot, watching };
  }

  close(): void {
    this.at.peek()?.watching.close();
    this.at.value = null;
  }

  take(message: Asked | WatchAnswer | WatchEnded, now: number): void {
    const watching = this.at.peek()?.watching;
    if (message.type === "asked") watching?.asked(message);
    else if (message.type === "watch_answer") watching?.answer(message);
    else watching?.ended(message, now);
  }

  /** Called twice a second and with every news. */
  tick(board: Board | null, live: boolean, now: number): void {
    const at = this.at.peek();
    if (!at) return;
    const view = board?.robots.find(({ robot }) => robot === at.robot);
    if (view) at.watching.tick(leadersHindrance(view, live), now);
    else this.close(); // the robot is this leader's no longer
  }
}
