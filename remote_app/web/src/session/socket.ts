import type { FromPage, ToPage } from "../generated/wire";
import { tabId } from "./tab";

export interface SocketEvents {
  message(message: ToPage): void;
  /** A piece of the rescue path. */
  frame(bytes: ArrayBuffer): void;
  closed(code: number): void;
}

/** The service's word that this tab (or a copy of it) has opened another socket. */
export const TAKEN_BY_SAME_TAB = 4000;

const TAB_KEY = "av1-tab"; // by which the service knows that the same page comes back
const MOST_WAITING_BYTES = 65536; // beyond this the line is stuck, and live messages would arrive stale
const MOST_WAITING_SOUND_BYTES = 4096; // more than a second of it: what is newer would be no conversation any more

/** One WebSocket to the service, used once. After `close` no event comes. */
export class PageSocket {
  private readonly socket: WebSocket;
  private events: SocketEvents | null;

  constructor(token: string, events: SocketEvents) {
    this.events = events;
    const scheme = location.protocol === "https:" ? "wss:" : "ws:";
    this.socket = new WebSocket(`${scheme}//${location.host}/ws/${encodeURIComponent(token)}?tab=${tabId(TAB_KEY)}`);
    this.socket.binaryType = "arraybuffer";
    this.socket.onmessage = (event: MessageEvent<unknown>) => {
      if (event.data instanceof ArrayBuffer) this.events?.frame(event.data);
      else if (typeof event.data === "string") this.events?.message(JSON.parse(event.data) as ToPage);
    };
    this.socket.onclose = (event) => this.ended(event.code);
  }

  /** True when the message is on its way. */
  send(message: FromPage): boolean {
    if (this.socket.readyState !== WebSocket.OPEN || this.socket.bufferedAmount > MOST_WAITING_BYTES) return false;
    this.socket.send(JSON.stringify(message));
    return true;
  }

  /** Sound that would wait behind too much is left out. */
  sendFrame(bytes: ArrayBuffer): void {
    const open = this.socket.readyState === WebSocket.OPEN;
    if (open && this.socket.bufferedAmount <= MOST_WAITING_SOUND_BYTES) this.socket.send(bytes);
  }

  close(): void {
    this.events = null;
    this.socket.close();
  }

  private ended(code: number): void {
    const events = this.events;
    this.events = null;
    events?.closed(code);
  }
}
