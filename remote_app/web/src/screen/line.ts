import { signal } from "@preact/signals";
import type { FromScreen, ScreenLinkAnswer, ScreenView, ToScreen } from "../generated/wire";
import { Watching } from "../session/watching";
import { ice } from "../store";
import { screensHindrance } from "./rule";

const TICK_MS = 500;
const AGAIN_MS = [500, 1000, 2000, 4000, 8000] as const;

export type LinkShown = "asking" | "unreachable" | ScreenLinkAnswer;

/** A screen's WebSocket, opened again and again, and the watching of whichever room it follows. */
export class ScreenLine {
  readonly link = signal<LinkShown>("asking");
  readonly view = signal<ScreenView | null>(null);
  readonly watching = signal<Watching | null>(null);
  /** The queue alone, for whoever speaks in the room itself: nothing of the room is asked for. */
  readonly queueOnly = signal(false);
  private follows = "";
  private socket: WebSocket | null = null;
  private failures = 0;

  constructor(private readonly token: string) {
    window.setInterval(() => this.tick(), TICK_MS);
    void this.ask();
  }

  showQueueOnly(only: boolean): void {
    this.queueOnly.value = only;
    this.tick();
  }

  private async ask(): Promise<void> {
    const answer = await fetch(`/api/screen/${encodeURIComponent(this.token)}`, { cache: "no-store" })
      .then((reply) => reply.json() as Promise<ScreenLinkAnswer>)
      .catch(() => null);
    if (answer) this.link.value = answer;
    else if (typeof this.link.peek() === "string") this.link.value = "unreachable";
    if (answer?.type === "link_refused") this.end();
    else if (answer) this.connect();
    else this.later(() => void this.ask());
  }

  /** The link is good no longer: nothing of the room stays. */
  private end(): void {
    this.watching.peek()?.close();
    this.watching.value = null;
    this.view.value = null;
  }

  private later(act: () => void): void {
    window.setTimeout(act, AGAIN_MS[Math.min(this.failures++, AGAIN_MS.length - 1)]);
  }

  private connect(): void {
    const scheme = location.protocol === "https:" ? "wss:" : "ws:";
    const socket = new WebSocket(`${scheme}//${location.host}/ws-screen/${encodeURIComponent(this.token)}`);
    this.socket = socket;
    socket.onmessage = (event: MessageEvent<string>) => this.take(JSON.parse(event.data) as ToScreen);
    socket.onclose = () => {
      this.socket = null;
      this.tick();
      this.later(() => void this.ask()); // it may have been withdrawn
    };
  }

  private take(message: ToScreen): void {
    const now = performance.now();
    const watching = this.watching.peek();
    if (message.type === "screen_welcome") {
      this.failures = 0;
      ice.value = message.ice;
      this.view.value = message.view;
    } else if (message.type === "screen_view") this.view.value = message;
    else if (message.type === "ice") ice.value = message;
    else if (message.type === "asked") watching?.asked(message);
    else if (message.type === "watch_answer") watching?.answer(message);
    else if (message.type === "watch_ended") watching?.ended(message, now);
    this.tick();
  }

  private tick(): void {
    const view = this.view.peek();
    if (!view || this.queueOnly.peek()) {
      this.watching.peek()?.close();
      this.watching.value = null;
      this.follows = "";
      return;
    }
    if (view.robot !== this.follows) this.follow(view.robot);
    const live = this.socket?.readyState === WebSocket.OPEN;
    this.watching.peek()?.tick(screensHindrance(view, live), performance.now());
  }

  private follow(robot: string): void {
    this.watching.peek()?.close();
    this.follows = robot;
    this.watching.value = new Watching((message) => {
      if (message.type !== "watch") return this.send(message);
      return this.send({ type: "screen_watch", robot, sdp: message.sdp, sent_ms: message.sent_ms });
    });
  }

  private send(message: FromScreen): boolean {
    if (this.socket?.readyState !== WebSocket.OPEN) return false;
    this.socket.send(JSON.stringify(message));
    return true;
  }
}
