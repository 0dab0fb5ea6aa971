import type { HandQueue, LeaderWelcome, RobotState, ToLeader, WaitingPerson } from "../generated/wire";

/** One robot as it was heard last; `stateAt` and `waitingAt` say when, for what counts seconds. */
export interface RobotView {
  readonly robot: string;
  readonly place: string;
  readonly present: boolean;
  readonly state: RobotState | null;
  readonly stateAt: number;
  readonly waiting: readonly WaitingPerson[];
  readonly waitingAt: number;
}

export interface Board {
  readonly name: string;
  readonly course: string;
  readonly telephone: string;
  readonly robots: readonly RobotView[];
  readonly queue: HandQueue;
}

function welcomed(message: LeaderWelcome, now: number): Board {
  const { name, course, telephone, queue } = message;
  const robots = message.robots.map((known) => ({ ...known, stateAt: now, waitingAt: now }));
  return { name, course, telephone, robots, queue };
}

function changed(board: Board, robot: string, change: Partial<RobotView>): Board {
  return { ...board, robots: board.robots.map((view) => (view.robot === robot ? { ...view, ...change } : view)) };
}

/** The board after a message of the service. Pure: `now` is milliseconds of one monotonic clock. */
export function heard(board: Board | null, message: ToLeader, now: number): Board | null {
  if (message.type === "leader_welcome") return welcomed(message, now);
  if (!board) return null;
  switch (message.type) {
    case "state":
      return changed(board, message.robot, { state: message, stateAt: now });
    case "presence_news":
      return changed(board, message.robot, { present: message.present });
    case "lobby":
      return changed(board, message.robot, { waiting: message.waiting, waitingAt: now });
    case "hand_queue":
      return { ...board, queue: message };
    default:
      return board;
  }
}

/** Who is in, as far as that can be known now: nobody is where the robot is gone. */
export function personIn(view: RobotView): RobotState["session"] {
  return view.present ? (view.state?.session ?? null) : null;
}

export interface HandShown {
  readonly view: RobotView;
  readonly name: string;
  readonly session: string;
  /** 0: has the floor. */
  readonly place: number;
}

/** Whoever has the floor, and then the raised hands in the order in which they get it. */
export function hands(board: Board): HandShown[] {
  const placed = new Map(board.queue.hands.map((hand) => [hand.robot, hand.place]));
  const shown = board.robots.flatMap((view): HandShown[] => {
    const session = personIn(view);
    if (!session) return [];
    const place = view.state?.hand.floor ? 0 : placed.get(view.robot);
    return place === undefined ? [] : [{ view, name: session.name, session: session.id, place }];
  });
  return shown.sort((a, b) => a.place - b.place);
}
