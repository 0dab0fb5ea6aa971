import type { Line } from "./line";
import type { Step } from "./phase";
import { SOCKET_OPEN_TIMEOUT_MS } from "./timing";

/** When the socket is opened, given up as late, or given up as silent for longer than `patience`. */
export function socketStep(socket: Line, now: number, wanted: boolean, patience: number): Step[] {
  if (socket.state === "none") {
    if (!wanted || now < socket.retryAt) return [];
    socket.opening(now);
    return [{ do: "open_socket" }];
  }
  const late = socket.state === "opening" && now - socket.since >= Math.min(SOCKET_OPEN_TIMEOUT_MS, socket.patience);
  const silent = socket.state === "open" && now - socket.heardAt >= Math.min(patience, socket.patience);
  if (!late && !silent) return [];
  socket.broke(now);
  return [{ do: "close_socket" }];
}
