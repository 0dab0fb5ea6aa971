import type { FromLeader, ToLeader } from "../generated/wire";
import { OPEN_TIMEOUT_MS, PING_EVERY_MS, RETRY_AFTER_MS, SILENT_MS } from "./timing";

export interface LineEvents {
  message(message: ToLeader): void;
  /** It was open, or was to be, and is no longer. */
  closed(): void;
}

/** The way to the service, opened again and again until `stop`. `tick` is called a few times a second. */
export class Line {
  private socket: WebSocket | null = null;
  private since = 0;
  private heardAt = 0;
  private pingAt = 0;
  private retryAt = 0;
  private failures = 0;
  private stopped = false;

  constructor(
    private readonly token: string,
    private readonly events: LineEvents,
  ) {}

  /** True when the message is on its way. */
  send(message: FromLeader): boolean {
    if (this.socket?.readyState !== WebSocket.OPEN) return false;
    this.socket.send(JSON.stringify(message));
    return true;
  }

  tick(now: number): void {
    if (!this.socket) {
      if (!this.stopped && now >= this.retryAt) this.open(now);
      return;
    }
    const opening = this.socket.readyState === WebSocket.CONNECTING;
    if (opening ? now - this.since >= OPEN_TIMEOUT_MS : now - this.heardAt >= SILENT_MS) this.drop(now);
    else if (now - this.pingAt >= PING_EVERY_MS && this.send({ type: "leader_ping" })) this.pingAt = now;
  }

  /** The page is looked at again, or has a network: no reason to wait out a pause. */
  hurry(now: number): void {
    this.failures = 0;
    this.retryAt = now;
  }

  /** The link is no longer good. */
  stop(now: number): void {
    this.stopped = true;
    this.drop(now);
  }

  /** The link is good (again). */
  go(now: number): void {
    this.stopped = false;
    this.hurry(now);
  }

  private open(now: number): void {
    const scheme = location.protocol === "https:" ? "wss:" : "ws:";
    const path = this.token ? `/ws-leader/${encodeURIComponent(this.token)}` : "/ws-lead";
    const socket = new WebSocket(`${scheme}//${location.host}${path}`);
    this.socket = socket;
    this.since = this.heardAt = this.pingAt = now;
    socket.onmessage = (event: MessageEvent<unknown>) => {
      if (this.socket !== socket || typeof event.data !== "string") return;
      this.heardAt = performance.now();
      this.failures = 0;
      this.events.message(JSON.parse(event.data) as ToLeader);
    };
    socket.onclose = () => {
      if (this.socket === socket) this.drop(performance.now());
    };
  }

  private drop(now: number): void {
    const socket = this.socket;
    if (!socket) return;
    this.socket = null;
    socket.close();
    this.retryAt = now + (RETRY_AFTER_MS[Math.min(this.failures++, RETRY_AFTER_MS.length - 1)] ?? 0);
    this.events.closed();
  }
}
