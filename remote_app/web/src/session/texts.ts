import { effect } from "@preact/signals";
import type { TextLine, WriteText } from "../generated/wire";
import * as store from "../store";
import { tabId } from "./tab";
import { heard, isNews, Writing, WRITER_KEY } from "./text";
import { TextPump } from "./textPump";
import { TEXT_NEWS_KEPT } from "./timing";

export interface TextRoad {
  /** Whether text may go now. */
  open(): boolean;
  send(message: WriteText): boolean;
}

/** The text between this person and the leader: what is in the field goes out as it is written, what comes is shown. */
export class Texts {
  readonly writer = tabId(WRITER_KEY);
  private readonly writing = new Writing(this.writer, Date.now());
  private readonly pump: TextPump;
  private session = "";
  /** This screen looks on beside the one that steers, and may write. */
  aside = false;

  constructor(road: TextRoad) {
    this.pump = new TextPump(
      this.writing,
      () => road.open(),
      (message) => void road.send({ type: "write_text", ...message }),
    );
    effect(() => this.edited(store.draft.value));
  }

  /** The robot says it, or it was sent: what was written is a line of its own now. */
  finish(): void {
    this.writing.finish(performance.now());
    this.keep();
  }

  came(line: TextLine): void {
    if (line.session !== this.session && store.beside.peek() === "no") return; // the nurse's own link is another session
    this.writing.came(line);
    if (isNews(store.lines.value, line, this.writer)) {
      store.textNews.value = [...store.textNews.value, line].slice(-TEXT_NEWS_KEPT);
    }
    store.lines.value = heard(store.lines.value, line);
    this.keep();
  }

  /** The socket is open (again): what the service has of this session. */
  welcomed(session: string, lines: readonly TextLine[]): void {
    if (session !== this.session) this.forget();
    this.session = session;
    this.writing.welcomed(lines, performance.now());
    store.lines.value = lines.reduce(heard, store.lines.value);
    this.edited(store.draft.peek());
  }

  /** The session came back after a break. */
  reassert(): void {
    this.writing.reassert(performance.now());
    this.keep();
  }

  /** Sends what is due. Called often. */
  keep(): void {
    store.textLate.value = this.writing.isLate(performance.now());
    this.pump.keep();
  }

  /** The person has gone: nothing is kept. */
  forget(): void {
    this.pump.stop();
    this.writing.reset();
    this.session = "";
    store.lines.value = store.textNews.value = [];
    store.textRead.value = "";
    store.textLate.value = false;
  }

  private edited(draft: string): void {
    this.writing.edit(draft, performance.now());
    this.keep();
  }
}
