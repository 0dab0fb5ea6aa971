import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { LeaderText, TextLine } from "../src/generated/wire";
import { TextDesk, texts } from "../src/leader/textstore";
import { TEXT_AGAIN_MS, TEXT_LATE_MS } from "../src/session/timing";

const SIRI = "laptop-of-siri";
const KARI = { id: "session-of-kari", seat: "rodoy", name: "Kari" };
const OLA = { id: "session-of-ola", seat: "traena", name: "Ola" };
const ANNE = { id: "session-of-anne", seat: "rodoy", name: "Anne" };

let live = true;
let said: LeaderText[] = [];
let desk: TextDesk;

const echo = ({ type: _, ...message }: LeaderText): TextLine => ({ ...message, type: "text_line", author: "leader", name: "Siri" });

const written = (text: string, more: Partial<TextLine> = {}): TextLine => ({
  type: "text_line",
  robot: "vefsn",
  session: KARI.id,
  author: "patient",
  name: "Kari",
  writer: "tablet-of-kari",
  entry: 1,
  seq: 1,
  text,
  done: false,
  ...more,
});

beforeEach(() => {
  vi.useFakeTimers();
  live = true;
  said = [];
  texts.value = {};
  desk = new TextDesk(SIRI, (message) => (live ? (said.push(message), true) : false), () => live);
  desk.sessionIs("vefsn", KARI);
});

afterEach(() => {
  desk.sessionIs("vefsn", null);
  vi.useRealTimers();
});

describe("the leader's text", () => {
  it("goes to the person who is there, letter by letter", () => {
    desk.write("vefsn", "H");
    desk.write("vefsn", "He");
    expect(said.map(({ text }) => text)).toEqual(["H"]);
    vi.advanceTimersByTime(200);
    expect(said.map(({ text }) => text)).toEqual(["H", "He"]);
    expect(said[1]).toMatchObject({ robot: "vefsn", session: KARI.id, writer: SIRI, done: false });
    desk.finish("vefsn");
    expect(said[2]).toMatchObject({ text: "He", done: true });
    expect(texts.value["vefsn"]?.draft).toBe("");
  });

  it("goes again until it comes back", () => {
    desk.write("vefsn", "Hei");
    vi.advanceTimersByTime(TEXT_AGAIN_MS);
    expect(said.length).toBe(2);
    desk.came(echo(said[0]!));
    vi.advanceTimersByTime(10 * TEXT_AGAIN_MS);
    expect(said.length).toBe(2);
  });

  it("waits for the line, says that it does, and goes when it is back", () => {
    live = false;
    desk.write("vefsn", "Hei");
    vi.advanceTimersByTime(TEXT_LATE_MS);
    desk.tick();
    expect([said.length, texts.value["vefsn"]?.late]).toEqual([0, true]);
    live = true;
    desk.welcomed("vefsn", []);
    expect(said.at(-1)?.text).toBe("Hei");
    desk.came(echo(said.at(-1)!));
    expect(texts.value["vefsn"]?.late).toBe(false);
  });

  it("is never sent to whoever comes after", () => {
    desk.write("vefsn", "Bare til Kari");
    desk.came(written("Takk"));
    said = [];
    desk.sessionIs("vefsn", OLA);
    vi.advanceTimersByTime(10 * TEXT_AGAIN_MS);
    desk.tick();
    expect(said).toEqual([]);
    expect(texts.value["vefsn"]).toMatchObject({ name: "Ola", draft: "", lines: [] });
    desk.came(written("Er du der?", { seq: 2 }));
    expect(texts.value["vefsn"]?.lines).toEqual([]);
  });
});

describe("a visit that goes on by the nurse's own link", () => {
  it("keeps what has been written, and sends nobody a draft", () => {
    desk.write("vefsn", "Bare til Kari");
    desk.came(written("Anne overtar", { done: true }));
    said = [];
    desk.sessionIs("vefsn", ANNE);
    vi.advanceTimersByTime(10 * TEXT_AGAIN_MS);
    desk.tick();
    expect(said).toEqual([]);
    expect(texts.value["vefsn"]).toMatchObject({ name: "Anne", draft: "" });
    expect(texts.value["vefsn"]?.lines.map(({ text }) => text)).toEqual(["Anne overtar"]);
    desk.sessionIs("vefsn", null);
    desk.sessionIs("vefsn", KARI);
    expect(texts.value["vefsn"]?.lines).toEqual([]);
  });
});

describe("what the person writes", () => {
  it("is shown as it is written, and told aloud when it is done", () => {
    desk.came(written("Kan du"));
    expect(texts.value["vefsn"]?.lines.map(({ text }) => text)).toEqual(["Kan du"]);
    expect(texts.value["vefsn"]?.news).toEqual([]);
    const done = written("Kan du gjenta?", { seq: 2, done: true });
    desk.came(done);
    desk.came({ ...done, seq: 3 });
    expect(texts.value["vefsn"]?.news).toEqual([done]);
  });

  it("from before is shown, and not told aloud", () => {
    desk.welcomed("vefsn", [written("Hei", { done: true }), written("Andres", { session: OLA.id })]);
    expect(texts.value["vefsn"]?.lines.map(({ text }) => text)).toEqual(["Hei"]);
    expect(texts.value["vefsn"]?.news).toEqual([]);
  });

  it("at a robot that has nobody is not kept", () => {
    desk.sessionIs("vefsn", null);
    desk.came(written("Hei"));
    desk.write("vefsn", "Hei");
    expect(texts.value).toEqual({});
    expect(said).toEqual([]);
  });
});
