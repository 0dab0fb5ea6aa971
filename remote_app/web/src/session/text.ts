import type { TextLine, WriteText } from "../generated/wire";
import { TEXT_AGAIN_MS, TEXT_EVERY_MS, TEXT_LATE_MS } from "./timing";

export const MOST_CHARS = 500; // the wire's limit for a line
export const MOST_LINES = 50; // the wire's limit for a session
/** Under which a screen's name among those that write is kept: after a reload its new line ends its old one. */
export const WRITER_KEY = "av1-writer";

/** What a writer says of one of its lines; whoever sends it adds whose it is. */
export type Writes = Pick<WriteText, "writer" | "entry" | "seq" | "text" | "done">;

/** A line that this screen writes or has written; `seq` is its newest version, `sent` and `heard` are those that went and
 *  came back. */
interface OwnLine {
  readonly entry: number;
  seq: number;
  text: string;
  done: boolean;
  sent: number;
  sentAt: number;
  heard: number;
  since: number;
}

/** Text that the wire takes: no control characters but line breaks and tabs, no half of a letter. */
export function asText(typed: string): string {
  const clean = typed.replace(/[\p{Cc}\p{Cs}]/gu, (one) => (one === "\n" || one === "\t" ? one : ""));
  return [...clean].slice(0, MOST_CHARS).join("");
}

/**
 * What one screen writes, and when each of its lines goes: a letter at once, then at most every 200 ms the whole line as
 * it stands, a finished one at once. What does not come back as an echo goes again. After a break everything is said
 * again. `first` must be higher than any number that this writer has used. Times are milliseconds of one clock.
 */
export class Writing {
  private lines: OwnLine[] = [];
  private number: number;
  private wentAt = -Infinity;

  constructor(
    readonly writer: string,
    first: number,
  ) {
    this.number = first;
  }

  /** The line as it stands now; the first letter begins one. */
  edit(typed: string, now: number): void {
    const text = asText(typed);
    const line = this.open;
    if (line ? line.text === text : text === "") return;
    this.change(line ?? this.begin(now), text, false, now);
  }

  /** The line is done: said in the room, or sent. What was erased is no line. */
  finish(now: number): void {
    const line = this.open;
    if (line) this.change(line, line.text, true, now);
  }

  /** A line came: if it is one of ours, so much of it has arrived. */
  came(line: TextLine): void {
    const own = this.own(line);
    if (own) own.heard = Math.max(own.heard, line.seq);
  }

  /** What the service has of this session. What it lacks goes again; what an earlier page of this screen left is ended. */
  welcomed(lines: readonly TextLine[], now: number): void {
    this.reassert(now);
    for (const line of lines) {
      const own = this.own(line);
      if (own && own.text === line.text && own.done === line.done) own.heard = own.seq;
      if (!own && line.writer === this.writer && !line.done) this.adopt(line, now);
    }
  }

  /** The session came back after a break, and nobody may remember it. */
  reassert(now: number): void {
    this.lines = this.lines.filter((line) => line.text !== "" || !line.done);
    for (const line of this.lines) this.change(line, line.text, line.done, now);
  }

  reset(): void {
    this.lines = [];
    this.wentAt = -Infinity;
  }

  /** Something was written a while ago and has not come back. */
  isLate(now: number): boolean {
    return this.lines.some((line) => line.heard < line.seq && now - line.since >= TEXT_LATE_MS);
  }

  /** When the next message is due; Infinity when all has arrived. */
  dueAt(): number {
    return Math.min(...this.lines.map((line) => this.dueOf(line)), Infinity);
  }

  /** The message to send now, or null when none is due. */
  next(now: number): Writes | null {
    const due = this.lines.filter((line) => this.dueOf(line) <= now);
    const line = due.find((one) => !one.done) ?? due[0]; // what is being written is waited for
    if (!line) return null;
    this.wentAt = now;
    line.sent = line.seq;
    line.sentAt = now;
    const { entry, seq, text, done } = line;
    return { writer: this.writer, entry, seq, text, done };
  }

  private get open(): OwnLine | undefined {
    const last = this.lines.at(-1);
    return last?.done ? undefined : last;
  }

  private begin(now: number): OwnLine {
    const entry = this.number++;
    const line: OwnLine = { entry, seq: -1, text: "", done: false, sent: -1, sentAt: -Infinity, heard: -1, since: now };
    this.lines = [...this.lines, line].slice(-MOST_LINES);
    return line;
  }

  private adopt({ entry, text }: TextLine, now: number): void {
    const line = { entry, seq: this.number++, text, done: true, sent: -1, sentAt: -Infinity, heard: -1, since: now };
    this.lines = [line, ...this.lines].slice(-MOST_LINES);
  }

  private change(line: OwnLine, text: string, done: boolean, now: number): void {
    if (line.heard === line.seq) line.since = now;
    line.seq = this.number++;
    line.text = text;
    line.done = done;
  }

  private own(line: TextLine): OwnLine | undefined {
    return line.writer === this.writer ? this.lines.find(({ entry }) => entry === line.entry) : undefined;
  }

  private dueOf(line: OwnLine): number {
    if (line.heard >= line.seq) return Infinity;
    if (line.sent === line.seq) return line.sentAt + TEXT_AGAIN_MS;
    if (line.done && line === this.lines.at(-1)) return -Infinity; // a person waits for an answer to it
    return this.wentAt + TEXT_EVERY_MS;
  }
}

/** The lines with one more, or a newer version of one: of each the newest counts, and the last fifty are kept. */
export function heard(lines: readonly TextLine[], line: TextLine): readonly TextLine[] {
  const at = lines.findIndex((one) => isSame(one, line));
  const known = lines[at];
  if (!known) return [...lines, line].slice(-MOST_LINES);
  if (known.seq > line.seq || (known.seq === line.seq && known.done === line.done)) return lines;
  return lines.map((one, i) => (i === at ? line : one));
}

/** What there is to read: a line that was erased is none. */
export function readable(lines: readonly TextLine[]): readonly TextLine[] {
  return lines.filter(({ text }) => text.trim() !== "");
}

/** True when `line` has just been done by somebody else: that is told aloud, once, and never the letters on the way. */
export function isNews(before: readonly TextLine[], line: TextLine, writer: string): boolean {
  if (!line.done || line.text.trim() === "" || line.writer === writer) return false;
  const known = before.find((one) => isSame(one, line));
  return !known?.done;
}

function isSame(one: TextLine, other: TextLine): boolean {
  return one.author === other.author && one.writer === other.writer && one.entry === other.entry;
}
