import type { LeaderAct } from "../generated/wire";
import { type Board, personIn } from "./board";

/** One thing to ask of one robot. */
export interface Order {
  readonly robot: string;
  readonly session: string | null;
  readonly action: LeaderAct["action"];
}

/** The meeting ends at every robot of the leader, also where nobody is in, or the robot is off: its links are used. */
export function endOrders(board: Board): Order[] {
  return board.robots.map(({ robot }) => ({ robot, session: null, action: { type: "end_meeting" } }));
}

/** How many visits end with it. */
export function inside(board: Board): number {
  return board.robots.filter((view) => personIn(view) !== null).length;
}
