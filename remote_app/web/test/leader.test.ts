import { describe, expect, it } from "vitest";
import type { Done, LeaderAct, LeaderWelcome, Refused, RobotState, SessionState } from "../src/generated/wire";
import { type Board, hands, heard, personIn } from "../src/leader/board";
import { faultKeys } from "../src/leader/faults";
import en from "../src/leader/i18n/leader-en.json";
import nb from "../src/leader/i18n/leader-nb.json";
import { Later } from "../src/leader/later";
import { endOrders, inside } from "../src/leader/meeting";
import { modeOf, modeOrders, singly } from "../src/leader/modes";
import { News } from "../src/leader/news";
import { Orders } from "../src/leader/orders";
import { since, sinceWords } from "../src/leader/since";
import { NEWS_GONE_MS, NOTICE_SHOWN_MS, REPLY_TIMEOUT_MS, ROOM_TIMEOUT_MS, UNDO_MS } from "../src/leader/timing";
import { stepped } from "../src/leader/volume";
import { speak, t } from "../src/leader/words";

speak("nb", nb);

const KARI: SessionState = {
  id: "session-kari",
  seat: "rodoy",
  connection: "connection-1",
  name: "Kari",
  companion: "",
  steering: true,
  since_s: 60,
  steers_since_s: 60,
  lost_s: 0,
  media: "connected",
  rescue: false,
};

function state(robot: string, change: Partial<RobotState> = {}): RobotState {
  return {
    type: "state",
    robot,
    epoch: "abcdefgh",
    seq: 1,
    session: null,
    hand: { raised: false, since_s: 0, seen: false, floor: false },
    listening: false,
    private: false,
    mode: "plenary",
    voice_elsewhere: false,
    eyes: "neutral",
    hand_light: "off",
    pose: null,
    limits: { pan_min_deg: -175, pan_max_deg: 175, tilt_min_deg: -25, tilt_max_deg: 40 },
    view: { width: 1280, height: 720, hfov_deg: 78 },
    camera_open: false,
    microphone_open: false,
    speaking: false,
    volume: { percent: 100, whisper: false },
    quality: null,
    battery: null,
    heard: null,
    faults: [],
    preflight: null,
    refused_messages: 0,
    places: [],
    choices: { relatives_watch: false, heard_elsewhere: false, named_elsewhere: false },
    watchers: [],
    ...change,
  };
}

const UP = { raised: true, since_s: 5, seen: false, floor: false };
const OLA: SessionState = { ...KARI, id: "session-ola", name: "Ola" };
const WELCOME: LeaderWelcome = {
  type: "leader_welcome",
  name: "Ane",
  course: "Mestringstreff",
  telephone: "75 00 00 00",
  ice: { type: "ice", servers: [], relay_only: false },
  robots: [
    { robot: "vefsn", place: "Vefsn", present: true, state: state("vefsn", { session: KARI }), waiting: [], lines: [] },
    { robot: "bronnoy", place: "Brønnøy", present: false, state: null, waiting: [], lines: [] },
  ],
  queue: { type: "hand_queue", elsewhere: [], hands: [], of: 0 },
};

function welcomed(): Board {
  const board = heard(null, WELCOME, 1000);
  if (!board) throw new Error("a welcome makes a board");
  return board;
}

function after(board: Board, ...messages: readonly Parameters<typeof heard>[1][]): Board {
  const end = messages.reduce<Board | null>((now, message) => heard(now, message, 2000), board);
  if (!end) throw new Error("a board stays one");
  return end;
}

const BOTH_UP = [
  state("vefsn", { session: KARI, hand: UP }),
  { type: "presence_news", robot: "bronnoy", present: true },
  state("bronnoy", { session: OLA, hand: { ...UP, since_s: 9 } }),
  {
    type: "hand_queue", elsewhere: [],
    hands: [
      { robot: "bronnoy", place: 1 },
      { robot: "vefsn", place: 2 },
    ],
    of: 2,
  },
] as const;

describe("the board", () => {
  it("begins with the welcome, and nothing is known before it", () => {
    expect(heard(null, state("vefsn"), 500)).toBeNull();
    expect(welcomed().robots.map(({ robot, stateAt }) => [robot, stateAt])).toEqual([
      ["vefsn", 1000],
      ["bronnoy", 1000],
    ]);
  });

  it("follows each robot by itself", () => {
    const waiting = [{ link: "link-of-siri", seat: "traena", name: "Siri", companion: "", since_s: 3 }];
    const board = after(welcomed(), { type: "lobby", robot: "bronnoy", waiting }, state("vefsn", { private: true }));
    expect(board.robots.map(({ waiting }) => waiting.length)).toEqual([0, 1]);
    expect(board.robots.map(({ state }) => state?.private)).toEqual([true, undefined]);
    expect(board.robots.map(({ waitingAt }) => waitingAt)).toEqual([1000, 2000]);
  });

  it("stays as it is for what is none of its business", () => {
    const board = welcomed();
    expect(heard(board, { type: "leader_pong" }, 3000)).toBe(board);
  });

  it("has nobody in where the robot is gone", () => {
    const board = after(welcomed(), { type: "presence_news", robot: "vefsn", present: false });
    expect(board.robots.map(personIn)).toEqual([null, null]);
    expect(welcomed().robots.map(personIn)).toEqual([KARI, null]);
  });

  it("has whoever has the floor first, then the queue as the service has it", () => {
    const up = after(welcomed(), ...BOTH_UP);
    expect(hands(up).map(({ name, place }) => [name, place])).toEqual([
      ["Ola", 1],
      ["Kari", 2],
    ]);
    const floor = after(up, state("vefsn", { session: KARI, hand: { ...UP, floor: true } }), {
      type: "hand_queue", elsewhere: [],
      hands: [{ robot: "bronnoy", place: 1 }],
      of: 1,
    });
    expect(hands(floor).map(({ name, place }) => [name, place])).toEqual([
      ["Kari", 0],
      ["Ola", 1],
    ]);
  });
});

describe("the news", () => {
  it("tells of each hand and everybody who waits once", () => {
    const news = new News();
    expect(news.look(welcomed(), 0)).toEqual([]);
    const up = after(welcomed(), ...BOTH_UP, {
      type: "lobby",
      robot: "vefsn",
      waiting: [{ link: "link-of-siri", seat: "traena", name: "Siri", companion: "", since_s: 3 }],
    });
    expect(news.look(up, 100).map(({ key, values }) => t(key, values))).toEqual([
      "Ola i Brønnøy rekker opp hånda.",
      "Kari i Vefsn rekker opp hånda.",
      "Siri venter på å komme inn i Vefsn.",
    ]);
    expect(news.look(up, 200)).toEqual([]);
  });

  it("says nothing new of a hand that was away for a moment, and tells of one that comes back later", () => {
    const news = new News();
    const up = after(welcomed(), ...BOTH_UP);
    news.look(up, 0);
    news.look(welcomed(), 1000);
    expect(news.look(up, NEWS_GONE_MS - 1)).toEqual([]);
    news.look(welcomed(), 2 * NEWS_GONE_MS);
    expect(news.look(up, 2 * NEWS_GONE_MS + 1).map(({ kind }) => kind)).toEqual(["hand", "hand"]);
  });
});

describe("what can be undone", () => {
  it("is done when the time is over, once, and not when it was undone", () => {
    const later = new Later();
    const done: string[] = [];
    later.put("a", 0, () => done.push("a"));
    later.put("b", 100, () => done.push("b"));
    later.undo("b");
    expect(later.pending.map(({ id }) => id)).toEqual(["a"]);
    later.tick(UNDO_MS - 1);
    expect(done).toEqual([]);
    later.tick(UNDO_MS);
    later.tick(UNDO_MS + 1000);
    expect(done).toEqual(["a"]);
    expect(later.pending).toEqual([]);
  });
});

describe("orders", () => {
  const seen = { type: "mark_seen" } as const;

  function orders(alive = true): { readonly it: Orders; readonly sent: LeaderAct[] } {
    const sent: LeaderAct[] = [];
    return { it: new Orders((message) => (sent.push(message), alive)), sent };
  }

  function refused(id: string, reason: Refused["reason"]): Refused {
    return { type: "refused", robot: "vefsn", id, session: "", reason, detail: "" };
  }

  it("are silent when they are carried out", () => {
    const { it: desk, sent } = orders();
    desk.ask("vefsn", "session-kari", seen, 0);
    expect(sent).toEqual([{ type: "leader_act", id: "o1", robot: "vefsn", session: "session-kari", action: seen }]);
    expect(desk.waitsFor("vefsn")).toBe(true);
    const applied = { type: "floor_applied", raised: true, seen: true, floor: false } as const;
    const done: Done = { type: "done", robot: "vefsn", id: "o1", session: "session-kari", applied };
    desk.answered(done, 100);
    desk.tick(REPLY_TIMEOUT_MS);
    expect(desk.notices).toEqual([]);
    expect(desk.waitsFor("vefsn")).toBe(false);
  });

  it("say why they were not, for as long as one reads it", () => {
    const { it: desk } = orders();
    for (const [reason, key] of [
      ["other_session", "refused.nobody"],
      ["hand_down", "refused.hand_down"],
      ["other_epoch", "refused.again"],
      ["out_of_order", "refused.other"],
    ] as const) {
      desk.ask("vefsn", "session-kari", seen, 0);
      const id = `o${["other_session", "hand_down", "other_epoch", "out_of_order"].indexOf(reason) + 1}`;
      desk.answered(refused(id, reason), 100);
      expect(desk.notices.map((note) => note.key)).toEqual([key]);
    }
    desk.tick(100 + NOTICE_SHOWN_MS);
    expect(desk.notices).toEqual([]);
  });

  it("say what the room answered, and give it the time that it takes", () => {
    const { it: desk } = orders();
    desk.ask("vefsn", "session-kari", { type: "ask_heard" }, 0);
    expect(desk.notices.map(({ key }) => key)).toEqual(["heard.asking"]);
    desk.tick(REPLY_TIMEOUT_MS);
    expect(desk.waitsFor("vefsn")).toBe(true);
    const heard = { hearing: "not_heard", snr_db: null, delay_ms: null, since_s: 0 } as const;
    const applied = { type: "heard_applied", heard } as const;
    desk.answered({ type: "done", robot: "vefsn", id: "o1", session: "session-kari", applied }, 6000);
    expect(desk.notices.map(({ key }) => key)).toEqual(["heard.not_heard"]);
    desk.ask("vefsn", "session-kari", { type: "ask_heard" }, 20_000);
    desk.tick(20_000 + ROOM_TIMEOUT_MS);
    expect(desk.notices.map(({ key }) => key)).toEqual(["refused.no_answer"]);
  });

  it("say so when no answer comes, when the line goes, and when there is none", () => {
    const { it: desk } = orders();
    desk.ask("vefsn", null, { type: "set_private", on: true }, 0);
    desk.tick(REPLY_TIMEOUT_MS);
    expect(desk.notices.map(({ key }) => key)).toEqual(["refused.no_answer"]);
    desk.ask("vefsn", null, { type: "set_private", on: true }, 6000);
    desk.lineLost(6100);
    expect(desk.notices.map(({ key }) => key)).toEqual(["refused.unsent"]);
    const { it: dead } = orders(false);
    dead.ask("vefsn", null, { type: "set_private", on: true }, 0);
    expect(dead.notices.map(({ key }) => key)).toEqual(["refused.unsent"]);
  });

  it("know which robot is off, and blame no other", () => {
    const { it: desk } = orders();
    desk.ask("vefsn", "session-kari", seen, 0);
    desk.ask("bronnoy", "session-ola", seen, 0);
    desk.sorry({ type: "sorry", reason: "robot_off", detail: "bronnoy" }, 100);
    expect(desk.notices).toEqual([{ robot: "bronnoy", key: "refused.robot_off", until: 100 + NOTICE_SHOWN_MS }]);
    expect(desk.waitsFor("vefsn")).toBe(true);
    desk.sorry({ type: "sorry", reason: "broker_off", detail: "" }, 200);
    expect(desk.notices.map(({ robot, key }) => [robot, key])).toEqual([
      ["bronnoy", "refused.robot_off"],
      ["vefsn", "refused.service"],
    ]);
  });

  it("are one sentence for each robot, the newest", () => {
    const { it: desk } = orders();
    desk.ask("vefsn", "session-kari", seen, 0);
    desk.answered(refused("o1", "busy"), 10);
    desk.ask("vefsn", "session-kari", seen, 20);
    expect(desk.notices).toEqual([]);
  });

  it("pay no heed to an answer that nobody waits for", () => {
    const { it: desk } = orders();
    desk.answered(refused("o9", "busy"), 10);
    expect(desk.notices).toEqual([]);
  });
});

describe("what concerns the whole meeting", () => {
  it("reaches the rooms that are there, and says how they take part when they do so alike", () => {
    const board = after(welcomed(), ...BOTH_UP);
    const views = board?.robots ?? [];
    expect(modeOf(views)).toBe("plenary");
    expect(modeOrders(views, "group")).toEqual(
      ["vefsn", "bronnoy"].map((robot) => ({ robot, session: null, action: { type: "set_meeting_mode", mode: "group" } })),
    );
    const one = after(board, state("vefsn", { mode: "break", private: true }));
    expect(modeOf(one?.robots ?? [])).toBe(null);
    const all = after(one, { type: "presence_news", robot: "bronnoy", present: false });
    expect(modeOf(all?.robots ?? [])).toBe("break");
    expect(modeOrders(all?.robots ?? [], "plenary").map(({ robot }) => robot)).toEqual(["vefsn"]);
    const none = after(all, { type: "presence_news", robot: "vefsn", present: false });
    expect(modeOf(none?.robots ?? [])).toBe(null);
  });

  it("can be chosen for each room where there are several", () => {
    const board = after(welcomed(), ...BOTH_UP);
    expect(singly(board).map(({ robot }) => robot)).toEqual(["vefsn", "bronnoy"]);
    expect(singly(after(board, { type: "presence_news", robot: "bronnoy", present: false }))).toEqual([]);
  });

  it("ends at every robot, there or not, and says how many are in", () => {
    const board = after(welcomed(), ...BOTH_UP, { type: "presence_news", robot: "bronnoy", present: false });
    expect(endOrders(board)).toEqual(
      ["vefsn", "bronnoy"].map((robot) => ({ robot, session: null, action: { type: "end_meeting" } })),
    );
    expect(inside(board)).toBe(1);
  });
});

describe("the volume", () => {
  it("goes in steps that one can hear, and stays above a whisper", () => {
    expect(stepped({ percent: 100, whisper: false }, -1)).toEqual({ percent: 80, whisper: false });
    expect(stepped({ percent: 90, whisper: false }, 1)).toEqual({ percent: 100, whisper: false });
    expect(stepped({ percent: 30, whisper: false }, -1)).toEqual({ percent: 20, whisper: false });
    expect(stepped({ percent: 100, whisper: true }, -1)).toEqual({ percent: 100, whisper: true });
    expect(stepped({ percent: 100, whisper: true }, 1)).toEqual({ percent: 20, whisper: false });
  });
});

describe("words", () => {
  it("tell of every fault what to do, the gravest first, and no head beside its reason", () => {
    expect(faultKeys(["camera", "microphone"])).toEqual(["fault.microphone", "fault.camera"]);
    expect(faultKeys(["head", "head_hot"])).toEqual(["fault.head_hot"]);
    expect(faultKeys(["head"])).toEqual(["fault.head"]);
    expect(faultKeys(["relay", "battery_low"])).toEqual(["fault.battery_low", "fault.relay"]);
    expect(faultKeys([])).toEqual([]);
  });

  it("count minutes on between two messages", () => {
    expect(since(59)).toEqual({ key: "since.moment", values: {} });
    expect(since(60)).toEqual({ key: "since.minute", values: {} });
    expect(since(185)).toEqual({ key: "since.minutes", values: { minutes: 3 } });
    expect(sinceWords(50, 1000, 12_000)).toBe("i ett minutt");
    expect(sinceWords(50, 1000, 500)).toBe("i under ett minutt");
  });

  it("name the same places in both languages", () => {
    const places = (text: string): string[] => [...text.matchAll(/\{(\w+)\}/g)].map((found) => found[0]).sort();
    for (const key of Object.keys(nb) as (keyof typeof nb)[]) {
      expect([...new Set(places(en[key]))], key).toEqual([...new Set(places(nb[key]))]);
    }
  });
});
