import { signal } from "@preact/signals";
import type { FromWatcher, RobotState, ToWatcher } from "../generated/wire";
import { ice } from "../store";
import { Watching } from "./watching";
import { relativesHindrance } from "./watchRule";

const TICK_MS = 500;
const AGAIN_MS = [500, 1000, 2000, 4000, 8000] as const;

/** A relative's page: its WebSocket, opened again and again, and the watching on it. */
export class WatchLine {
  readonly state = signal<RobotState | null>(null);
  readonly watching: Watching = new Watching((message) => this.send(message));
  private present = false;
  private socket: WebSocket | null = null;
  private failures = 0;
  private timers: number[] = [];

  constructor(private readonly token: string) {}

  open(): void {
    this.timers = [window.setInterval(() => this.tick(), TICK_MS)];
    this.connect();
  }

  close(): void {
    this.timers.forEach((timer) => window.clearInterval(timer));
    this.watching.close();
    this.send({ type: "leave" });
    const socket = this.socket;
    this.socket = null;
    socket?.close();
    this.state.value = null;
  }

  private connect(): void {
    const scheme = location.protocol === "https:" ? "wss:" : "ws:";
    const socket = new WebSocket(`${scheme}//${location.host}/ws-watch/${encodeURIComponent(this.token)}`);
    this.socket = socket;
    socket.onmessage = (event: MessageEvent<string>) => this.take(JSON.parse(event.data) as ToWatcher);
    socket.onclose = () => {
      if (socket !== this.socket) return; // closed by ourselves
      this.socket = null;
      const pause = AGAIN_MS[Math.min(this.failures, AGAIN_MS.length - 1)] ?? 0;
      this.failures += 1;
      this.timers.push(window.setTimeout(() => this.connect(), pause));
      this.tick();
    };
  }

  private take(message: ToWatcher): void {
    const now = performance.now();
    if (message.type === "watch_welcome") {
      this.failures = 0;
      this.present = message.present;
      this.state.value = message.state;
      ice.value = message.ice;
    } else if (message.type === "ice") ice.value = message;
    else if (message.type === "robot_present") this.present = message.present;
    else if (message.type === "state") {
      this.present = true;
      this.state.value = message;
    } else if (message.type === "asked") this.watching.asked(message);
    else if (message.type === "watch_answer") this.watching.answer(message);
    else if (message.type === "watch_ended") this.watching.ended(message, now);
    this.tick();
  }

  private tick(): void {
    const open = this.socket?.readyState === WebSocket.OPEN;
    const hindrance = open ? relativesHindrance(this.state.peek(), this.present) : "offline";
    this.watching.tick(hindrance, performance.now());
  }

  private send(message: FromWatcher): boolean {
    if (this.socket?.readyState !== WebSocket.OPEN) return false;
    this.socket.send(JSON.stringify(message));
    return true;
  }
}
