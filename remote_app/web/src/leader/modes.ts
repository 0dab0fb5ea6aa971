import type { RobotState } from "../generated/wire";
import type { Board, RobotView } from "./board";
import type { Order } from "./meeting";

export type Mode = RobotState["mode"];

/** In the order in which they stand on the page. */
export const MODES = ["plenary", "group", "one_to_one", "break"] as const satisfies readonly Mode[];

function present(views: readonly RobotView[]): readonly RobotView[] {
  return views.filter((view) => view.present);
}

/** How these rooms take part; null where they differ, or none is there. */
export function modeOf(views: readonly RobotView[]): Mode | null {
  const modes = new Set(present(views).map(({ state }) => state?.mode ?? "plenary"));
  const [one] = modes;
  return modes.size === 1 && one ? one : null;
}

/** To the rooms that are there. One that is so already is told too: it says that the meeting goes on. */
export function modeOrders(views: readonly RobotView[], mode: Mode): Order[] {
  return present(views).map(({ robot }) => ({ robot, session: null, action: { type: "set_meeting_mode", mode } }));
}

/** Rooms that can be chosen for one by one; none where there is one alone, which *all* stands for. */
export function singly(board: Board): readonly RobotView[] {
  const here = present(board.robots);
  return here.length > 1 ? here : [];
}
