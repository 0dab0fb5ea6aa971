import type { IdentityBy, LeaderLinkAnswer, ToLeader } from "../generated/wire";
import { ice } from "../store";
import { whenLookedAt, whenNetworkChanges } from "../session/device";
import { type Opening, askAgainIn, soonest } from "../session/opening";
import { tabId } from "../session/tab";
import { WRITER_KEY } from "../session/text";
import { type RobotView, hands, heard } from "./board";
import { chime, choose, remembered } from "./chime";
import { History } from "./history";
import { Later } from "./later";
import { Line } from "./line";
import { Look } from "./look";
import { type Order, endOrders } from "./meeting";
import { type Mode, modeOrders } from "./modes";
import { News } from "./news";
import { type Action, Orders, type Reply } from "./orders";
import { screenLinkCame } from "./screens";
import * as store from "./store";
import { TextDesk, textDesk } from "./textstore";
import { ANNOUNCED_KEPT, LINK_TIMEOUT_MS, TICK_MS } from "./timing";

/** By a signed link, or where there is none by whoever is logged in. */
async function askLink(token: string): Promise<LeaderLinkAnswer | null> {
  const giveUp = new AbortController();
  const timer = setTimeout(() => giveUp.abort(), LINK_TIMEOUT_MS);
  try {
    const path = token ? `/api/leader/${encodeURIComponent(token)}` : "/api/lead";
    const answer = await fetch(path, { cache: "no-store", signal: giveUp.signal });
    if (!token && !answer.ok) {
      if (answer.status === 401) location.assign("/login?next=/lead");
      if (answer.status === 403) location.assign("/login"); // it says who is logged in
      return null;
    }
    return (await answer.json()) as LeaderLinkAnswer; // a refused link is an answer too, whatever its status
  } catch {
    return null; // no network, or not our service
  } finally {
    clearTimeout(timer);
  }
}

/** What a place that is being removed is called among what can be undone. */
export function removal(robot: string, name: string): string {
  return `remove_place ${robot} ${name}`;
}

/** The hand is still up, and nobody gave it the floor meanwhile. */
function stillWaits(session: string): boolean {
  const board = store.board.value;
  return board !== null && hands(board).some((hand) => hand.session === session && hand.place > 0);
}

/** One leader's desk: what comes in is shown, what is asked goes out. */
export class Desk {
  readonly history = new History();
  readonly look: Look = new Look((message) => this.line.send(message));
  private readonly line: Line;
  private readonly orders = new Orders((message) => this.line.send(message));
  private readonly later = new Later();
  private readonly news = new News();
  private readonly text = new TextDesk(
    tabId(WRITER_KEY),
    (message) => this.line.send(message),
    () => store.live.peek(),
  );
  private announcedSoFar = 0;
  private asking = false;
  /** Of a link that is too early: when it opens, and when the service is asked again. */
  private opening: Opening | null = null;
  private askAt = Infinity;

  constructor(private readonly token: string) {
    this.line = new Line(token, { message: (message) => this.take(message), closed: () => this.closed() });
    textDesk.value = this.text;
    store.soundOn.value = remembered();
    const hurry = (): void => {
      this.line.hurry(performance.now());
      if (this.askAt < Infinity) void this.askLink();
      this.tick();
    };
    whenLookedAt(hurry);
    whenNetworkChanges(hurry);
    void this.askLink();
    window.setInterval(() => this.tick(), TICK_MS);
    this.tick();
  }

  act(robot: string, session: string | null, action: Action): void {
    this.orders.ask(robot, session, action, performance.now());
    this.show();
  }

  /** Of the robot itself, while nobody is in; `reply` says what came of it, and no notice does. */
  request(robot: string, action: Action, reply: Reply): void {
    this.orders.ask(robot, null, action, performance.now(), reply);
    this.show();
  }

  admit(robot: string, link: string, identity: IdentityBy): void {
    this.line.send({ type: "admit", robot, link, identity });
  }

  /** In a moment, unless it is undone. */
  turnDown(robot: string, link: string): void {
    this.soon(`turn_down ${link}`, () => this.line.send({ type: "turn_down", robot, link }));
  }

  /** In a moment, unless it is undone. */
  lower(robot: string, session: string): void {
    this.soon(`lower ${session}`, () => {
      if (stillWaits(session)) this.act(robot, session, { type: "lower_hand" });
    });
  }

  /** In a moment, unless it is undone. */
  removePlace(robot: string, name: string): void {
    this.soon(removal(robot, name), () => this.act(robot, null, { type: "remove_place", name }));
  }

  /** How these rooms take part in the meeting from now on. */
  setMode(views: readonly RobotView[], mode: Mode): void {
    this.actAll(modeOrders(views, mode));
  }

  /** The meeting is over: every visit ends, its links are used, and whoever waits is told that it is not now. */
  endMeeting(): void {
    const board = store.board.value;
    if (!board) return;
    this.actAll(endOrders(board));
    for (const { robot, waiting } of board.robots) {
      for (const { link } of waiting) this.line.send({ type: "turn_down", robot, link });
    }
  }

  /** The link of the screens that follow this room; `name` is what is read at the robot of who watches. */
  makeScreen(robot: string, name: string): void {
    this.line.send({ type: "make_screen", robot, name });
  }

  withdrawScreen(robot: string): void {
    this.line.send({ type: "withdraw_screen", robot });
  }

  undo(id: string): void {
    this.later.undo(id);
    this.show();
  }

  toggleSound(): void {
    store.soundOn.value = !store.soundOn.value;
    choose(store.soundOn.value);
  }

  private actAll(orders: readonly Order[]): void {
    for (const { robot, session, action } of orders) this.act(robot, session, action);
  }

  private soon(id: string, act: () => void): void {
    this.later.put(id, performance.now(), act);
    this.show();
  }

  private take(message: ToLeader): void {
    const now = performance.now();
    if (message.type === "done" || message.type === "refused") this.orders.answered(message, now);
    else if (message.type === "sorry") this.orders.sorry(message, now);
    else if (message.type === "screen_link") screenLinkCame(message);
    store.live.value = true;
    this.takeText(message);
    if (message.type === "state") this.history.hear(message, now);
    if (message.type === "leader_welcome") {
      ice.value = message.ice;
      for (const { state } of message.robots) if (state) this.history.hear(state, now);
    } else if (message.type === "asked" || message.type === "watch_answer" || message.type === "watch_ended") {
      this.look.take(message, now);
    }
    const board = heard(store.board.value, message, now);
    if (board !== store.board.value) {
      store.board.value = board;
      if (board) this.announce(this.news.look(board, now));
    }
    this.look.tick(board, true, now);
    this.show();
  }

  private takeText(message: ToLeader): void {
    if (message.type === "text_line") this.text.came(message);
    else if (message.type === "state") this.text.sessionIs(message.robot, message.session);
    else if (message.type === "leader_welcome") {
      for (const { robot, state, lines } of message.robots) {
        this.text.sessionIs(robot, state?.session ?? null);
        this.text.welcomed(robot, lines);
      }
    }
  }

  private announce(items: ReturnType<News["look"]>): void {
    if (items.length === 0) return;
    const numbered = items.map((item) => ({ ...item, number: ++this.announcedSoFar }));
    store.announced.value = [...store.announced.value, ...numbered].slice(-ANNOUNCED_KEPT);
    if (store.soundOn.value && items.some(({ kind }) => kind === "hand")) chime();
  }

  private closed(): void {
    store.live.value = false;
    this.orders.lineLost(performance.now());
    this.look.tick(store.board.value, false, performance.now());
    this.show();
    void this.askLink(); // it may have been withdrawn
  }

  private async askLink(): Promise<void> {
    if (this.asking) return;
    this.asking = true;
    const answer = await askLink(this.token);
    this.asking = false;
    const now = performance.now();
    this.waitFor(answer, now);
    if (answer?.type === "link_refused") this.line.stop(now);
    else if (answer) this.line.go(now);
    if (answer) store.link.value = answer;
    else if (typeof store.link.value !== "object") store.link.value = "unreachable";
  }

  /** A link that is too early is asked about again when it opens. */
  private waitFor(answer: LeaderLinkAnswer | null, now: number): void {
    if (answer?.type === "leader_link_info" || (answer && answer.fault !== "not_yet")) this.askAt = Infinity;
    else if (answer || this.askAt < Infinity) {
      const at = answer?.opens_at ?? null;
      const inS = answer?.opens_in_s ?? null;
      if (at !== null && inS !== null) this.opening = soonest(this.opening, at, inS, now);
      this.askAt = now + askAgainIn(this.opening, now);
    }
  }

  private tick(): void {
    const now = performance.now();
    if (now >= this.askAt) void this.askLink();
    this.line.tick(now);
    this.orders.tick(now);
    this.later.tick(now);
    this.text.tick();
    const board = store.board.value;
    this.look.tick(board, store.live.value, now);
    if (board) this.announce(this.news.look(board, now));
    store.clock.value = now;
    this.show();
  }

  private show(): void {
    if (store.notices.value !== this.orders.notices) store.notices.value = this.orders.notices;
    const ids = this.later.pending.map(({ id }) => id);
    if (ids.join() !== store.pending.value.join()) store.pending.value = ids;
  }
}
