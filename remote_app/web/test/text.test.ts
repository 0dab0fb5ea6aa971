import { describe, expect, it } from "vitest";
import type { TextLine } from "../src/generated/wire";
import { asText, heard, isNews, MOST_CHARS, MOST_LINES, readable, type Writes, Writing } from "../src/session/text";
import { TEXT_AGAIN_MS, TEXT_EVERY_MS, TEXT_LATE_MS } from "../src/session/timing";
import { logOf, stateOf } from "../src/words/text";
import { tail, unread } from "../src/words/unread";

const KARI = "tablet-of-kari";
const SIRI = "laptop-of-siri";

const line = (text: string, seq: number, more: Partial<TextLine> = {}): TextLine => ({
  type: "text_line",
  robot: "vefsn",
  session: "session-of-kari",
  author: "patient",
  name: "Kari",
  writer: KARI,
  entry: 0,
  seq,
  text,
  done: false,
  ...more,
});

const leaders = (text: string, seq: number, more: Partial<TextLine> = {}): TextLine =>
  line(text, seq, { author: "leader", name: "Siri", writer: SIRI, ...more });

const echo = (one: Writes): TextLine => line(one.text, one.seq, one);

/** Everything that goes until `end`, asked every millisecond; `types` says what is typed when. Nothing is lost. */
function sent(writing: Writing, end: number, types: (now: number) => string | null): [number, string][] {
  const went: [number, string][] = [];
  for (let now = 0; now < end; now += 1) {
    const typed = types(now);
    if (typed !== null) writing.edit(typed, now);
    const message = writing.next(now);
    if (!message) continue;
    went.push([now, message.text]);
    writing.came(echo(message));
  }
  return went;
}

describe("what is written", () => {
  it("goes with the first letter at once, and then as the whole line five times a second", () => {
    const writing = new Writing(KARI, 1);
    const went = sent(writing, 1000, (now) => (now % 50 === 0 && now <= 500 ? "x".repeat(now / 50 + 1) : null));
    expect(went.map(([at]) => at)).toEqual([0, 200, 400, 600]);
    expect(went.at(-1)?.[1]).toBe("x".repeat(11));
    expect(writing.dueAt()).toBe(Infinity);
  });

  it("never waits longer than that for a letter, whatever the rhythm of the typing", () => {
    for (const rhythm of [30, 90, 170, 210, 450]) {
      const typed = new Map<string, number>();
      const went = sent(new Writing(KARI, 1), 5000, (now) => {
        if (now % rhythm !== 0 || now > 4000) return null;
        const text = "y".repeat(now / rhythm + 1);
        typed.set(text, now);
        return text;
      });
      for (const [text, at] of typed) {
        const shown = went.find(([, out]) => out.length >= text.length);
        expect(shown && shown[0] - at).toBeLessThanOrEqual(TEXT_EVERY_MS);
      }
    }
  });

  it("goes again when it is erased, and says nothing when nothing has changed", () => {
    const writing = new Writing(KARI, 1);
    writing.edit("", 0);
    expect(writing.dueAt()).toBe(Infinity);
    writing.edit("Hei", 0);
    writing.came(echo(writing.next(0)!));
    writing.edit("Hei", 300);
    expect(writing.next(300)).toBeNull();
    writing.edit("", 400);
    expect(writing.next(400)).toMatchObject({ text: "", done: false });
  });

  it("is a line of its own when it is done, which goes at once, and the next letter begins another", () => {
    const writing = new Writing(KARI, 7);
    writing.edit("Ja", 0);
    const first = writing.next(0)!;
    writing.finish(10);
    const done = writing.next(10)!;
    expect(done).toMatchObject({ entry: first.entry, text: "Ja", done: true });
    expect(done.seq).toBeGreaterThan(first.seq);
    writing.finish(20);
    expect(writing.next(20)).toBeNull();
    writing.edit("N", 30);
    expect(writing.next(300)?.entry).toBeGreaterThan(first.entry);
  });

  it("goes again when no echo comes, and is said to be late after a while", () => {
    const writing = new Writing(KARI, 1);
    writing.edit("Hei", 0);
    const first = writing.next(0)!;
    expect(writing.next(TEXT_AGAIN_MS - 1)).toBeNull();
    expect(writing.next(TEXT_AGAIN_MS)).toEqual(first);
    expect(writing.isLate(TEXT_LATE_MS - 1)).toBe(false);
    expect(writing.isLate(TEXT_LATE_MS)).toBe(true);
    writing.came(echo(first));
    expect(writing.isLate(TEXT_LATE_MS)).toBe(false);
    expect(writing.dueAt()).toBe(Infinity);
  });

  it("takes no notice of an older echo, or of another writer's", () => {
    const writing = new Writing(KARI, 1);
    writing.edit("H", 0);
    const old = writing.next(0)!;
    writing.edit("He", 10);
    writing.came(echo(old));
    expect(writing.next(TEXT_EVERY_MS)?.text).toBe("He");
    writing.came({ ...echo(old), writer: SIRI, seq: 99 });
    expect(writing.dueAt()).not.toBe(Infinity);
  });

  it("is all said again after a break, what is being written first", () => {
    const writing = new Writing(KARI, 1);
    for (const [at, text] of [[0, "en"], [1000, "to"]] as const) {
      writing.edit(text, at);
      writing.finish(at);
      writing.came(echo(writing.next(at)!));
    }
    writing.edit("tre", 2000);
    writing.came(echo(writing.next(2000)!));
    writing.reassert(5000);
    const again: string[] = [];
    for (let now = 5000; now < 7000; now += 1) {
      const message = writing.next(now);
      if (!message) continue;
      again.push(message.text);
      writing.came(echo(message));
    }
    expect(again).toEqual(["tre", "en", "to"]);
  });

  it("is not said again when the service has it, and an old page's open line is ended", () => {
    const writing = new Writing(KARI, 100);
    writing.edit("Hei", 0);
    const mine = writing.next(0)!;
    writing.welcomed([line("gammel", 2, { entry: 1 }), echo(mine)], 1000);
    const ended = writing.next(1000)!;
    expect(ended).toMatchObject({ entry: 1, text: "gammel", done: true });
    expect(ended.seq).toBeGreaterThan(2);
    writing.came(echo(ended));
    expect(writing.dueAt()).toBe(Infinity);
  });

  it("is forgotten with the session", () => {
    const writing = new Writing(KARI, 1);
    writing.edit("Hei", 0);
    writing.reset();
    writing.reassert(10);
    expect(writing.dueAt()).toBe(Infinity);
  });

  it("is text that the wire takes", () => {
    expect(asText("å\u0000b\nc\td\u007f")).toBe("åb\nc\td");
    expect(asText("a\ud83d")).toBe("a");
    expect(asText("\u{1f44d}".repeat(600))).toBe("\u{1f44d}".repeat(MOST_CHARS));
  });
});

describe("what is read", () => {
  it("is the newest version of each line, in the order in which they were begun", () => {
    let lines: readonly TextLine[] = [];
    for (const one of [leaders("Se", 1), line("Hei", 4), leaders("Ser du?", 3), leaders("Ser", 2)]) lines = heard(lines, one);
    expect(lines.map(({ text }) => text)).toEqual(["Ser du?", "Hei"]);
    expect(heard(lines, leaders("Ser du?", 3))).toBe(lines);
    expect(heard(lines, leaders("Ser du?", 3, { done: true }))[0]?.done).toBe(true);
  });

  it("is not longer than the wire keeps, and no empty line", () => {
    let lines: readonly TextLine[] = [];
    for (let entry = 0; entry < MOST_LINES + 5; entry += 1) lines = heard(lines, line(entry % 2 ? "" : "x", 1, { entry }));
    expect(lines.length).toBe(MOST_LINES);
    expect(readable(lines).every(({ text }) => text === "x")).toBe(true);
  });

  it("is told aloud once, when somebody else has finished it", () => {
    const begun = [leaders("Hei", 1)];
    const done = leaders("Hei!", 2, { done: true });
    expect(isNews(begun, leaders("Hei!", 2), KARI)).toBe(false);
    expect(isNews(begun, done, KARI)).toBe(true);
    expect(isNews([done], { ...done, seq: 3 }, KARI)).toBe(false);
    expect(isNews([], leaders(" ", 2, { done: true }), KARI)).toBe(false);
    expect(isNews([], line("Hei", 2, { done: true }), KARI)).toBe(false);
  });

  it("shows all but what this screen writes just now", () => {
    const lines = [line("Hei", 1, { done: true }), leaders("Se", 1), line("Ja", 2, { entry: 1 })];
    expect(logOf(lines, KARI).map(({ text }) => text)).toEqual(["Hei", "Se"]);
    expect(logOf(lines, "another-screen").length).toBe(3);
  });

  it("is only the end of a long line where it stands over the picture", () => {
    expect(tail("Hei ")).toBe("Hei");
    expect(tail(`${"a ".repeat(100)}slutt`)).toMatch(/^… (a )+slutt$/);
    expect([...tail("\u{1f44d}".repeat(300))].length).toBe(102);
  });

  it("stands over the picture until it is put away, and comes again when it is finished", () => {
    const writes = leaders("Ser du", 1);
    expect(unread([writes, line("Ja", 9)], KARI, "")).toBe(writes);
    expect(unread([writes], KARI, stateOf(writes))).toBeNull();
    const done = leaders("Ser du tavla?", 2, { done: true });
    expect(unread([done], KARI, stateOf(writes))).toBe(done);
    expect(unread([line("Hei", 1, { writer: "the-nurses-one" })], KARI, "")).toBeNull();
  });
});
