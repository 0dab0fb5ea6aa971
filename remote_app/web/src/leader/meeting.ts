import type { LeaderAct } from "../generated/wire";
import { type Board, type RobotView, personIn } from "./board";

/** One thing to ask of one robot. */
export interface Order {
  readonly robot: string;
  readonly session: string | null;
  readonly action: LeaderAct["action"];
}

function here(board: Board, isPrivate: boolean): readonly RobotView[] {
  return board.robots.filter((view) => view.present && (view.state?.private ?? false) === isPrivate);
}

/** A break is *privat* everywhere: no camera and no microphone is open until it is over. */
export function breakOrders(board: Board, on: boolean): Order[] {
  return here(board, !on).map(({ robot }) => ({ robot, session: null, action: { type: "set_private", on } }));
}

/** Every robot that is there is private. */
export function isBreak(board: Board): boolean {
  return here(board, true).length > 0 && here(board, false).length === 0;
}

/** The visits that end with the meeting. */
export function endOrders(board: Board): Order[] {
  return board.robots.flatMap((view): Order[] => {
    const session = personIn(view);
    return session ? [{ robot: view.robot, session: session.id, action: { type: "end_for_person" } }] : [];
  });
}
