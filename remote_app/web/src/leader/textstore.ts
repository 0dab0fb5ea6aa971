import { signal } from "@preact/signals";
import type { LeaderText, SessionState, TextLine } from "../generated/wire";
import { heard, isNews, readable, Writing } from "../session/text";
import { TextPump } from "../session/textPump";
import { TEXT_NEWS_KEPT } from "../session/timing";

/** The text between a leader and one robot's person, as it is now. */
export interface TextShown {
  readonly session: string;
  readonly seat: string;
  readonly name: string;
  readonly lines: readonly TextLine[];
  /** What the person has finished, for a screen reader; the newest last. */
  readonly news: readonly TextLine[];
  readonly draft: string;
  readonly late: boolean;
  /** The leader wants to write; where something has been written the panel is open without. */
  readonly wanted: boolean;
}

interface Talk {
  readonly writing: Writing;
  readonly pump: TextPump;
}

/** By robot; a robot without a session has none. `TextDesk` writes, `TextPanel` reads. */
export const texts = signal<Readonly<Record<string, TextShown>>>({});
/** Whether there is a field and a log; until then a button stands for them, so that a card is short. */
export function isOpen(shown: TextShown): boolean {
  return shown.wanted || readable(shown.lines).length > 0;
}

/** Whoever the panels write by; the page puts it here, once. */
export const textDesk = signal<TextDesk | null>(null);

const FIRST: Omit<TextShown, "session" | "seat" | "name"> = { lines: [], news: [], draft: "", late: false, wanted: false };

/**
 * What a leader writes to each robot's person, and what they write. A draft belongs to the person for whom it was
 * begun: with their session it goes too, so that nobody else is sent it.
 */
export class TextDesk {
  private readonly talks = new Map<string, Talk>();

  /** `send` is false when there is no line now; `writer` names this screen among those that write. */
  constructor(
    readonly writer: string,
    private readonly send: (message: LeaderText) => boolean,
    private readonly isLive: () => boolean,
  ) {}

  /** A robot's state came: whose session it is now, null for nobody's. By another link of the same seat, as the nurse's
   *  own, the visit goes on, and with it what has been written. */
  sessionIs(robot: string, session: Pick<SessionState, "id" | "seat" | "name"> | null): void {
    const now = texts.value[robot];
    if (now?.session === session?.id) return;
    this.talks.get(robot)?.pump.stop();
    this.talks.delete(robot);
    const { [robot]: _, ...others } = texts.value;
    const { lines, wanted } = session && now?.seat === session.seat ? now : FIRST;
    const next = session && { ...FIRST, lines, wanted, session: session.id, seat: session.seat, name: session.name };
    texts.value = next ? { ...others, [robot]: next } : others;
    if (session) this.talks.set(robot, this.talk(robot, session.id));
  }

  /** The line to the service is open (again): what it has of this robot's session. */
  welcomed(robot: string, lines: readonly TextLine[]): void {
    const shown = texts.value[robot];
    const ours = lines.filter((line) => line.session === shown?.session);
    this.talks.get(robot)?.writing.welcomed(ours, performance.now());
    if (shown) this.change(robot, { lines: ours.reduce(heard, shown.lines) });
    this.keep(robot);
  }

  came(line: TextLine): void {
    const shown = texts.value[line.robot];
    if (shown?.session !== line.session) return;
    this.talks.get(line.robot)?.writing.came(line);
    const isNew = isNews(shown.lines, line, this.writer);
    this.change(line.robot, {
      lines: heard(shown.lines, line),
      news: isNew ? [...shown.news, line].slice(-TEXT_NEWS_KEPT) : shown.news,
    });
    this.keep(line.robot);
  }

  /** *Skriv til …*: there is a field from now on. */
  open(robot: string): void {
    this.change(robot, { wanted: true });
  }

  write(robot: string, draft: string): void {
    this.talks.get(robot)?.writing.edit(draft, performance.now());
    this.change(robot, { draft });
    this.keep(robot);
  }

  /** *Send*: the line is done, and the field empty. */
  finish(robot: string): void {
    this.talks.get(robot)?.writing.finish(performance.now());
    this.change(robot, { draft: "" });
    this.keep(robot);
  }

  /** Called a few times a second. */
  tick(): void {
    for (const robot of this.talks.keys()) this.keep(robot);
  }

  private keep(robot: string): void {
    const talk = this.talks.get(robot);
    if (!talk) return;
    const late = talk.writing.isLate(performance.now());
    if (texts.value[robot]?.late !== late) this.change(robot, { late });
    talk.pump.keep();
  }

  private change(robot: string, part: Partial<TextShown>): void {
    const shown = texts.value[robot];
    if (shown) texts.value = { ...texts.value, [robot]: { ...shown, ...part } };
  }

  private talk(robot: string, session: string): Talk {
    const writing = new Writing(this.writer, Date.now());
    const pump = new TextPump(writing, this.isLive, (message) => {
      this.send({ type: "leader_text", robot, session, ...message });
    });
    return { writing, pump };
  }
}
