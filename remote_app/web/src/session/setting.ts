import { type ReadonlySignal, effect, signal } from "@preact/signals";
import type { Act, Mood, RobotState } from "../generated/wire";
import { phase, robot, welcome } from "../store";
import { FORGOTTEN_IN } from "./choices";
import { REPLY_TIMEOUT_MS } from "./timing";

export const FAILED_AFTER_MS = 2 * REPLY_TIMEOUT_MS; // asked twice by then

/**
 * What the person wants something to be, until the robot says that it is. The robot's own state counts, not its answer.
 * Once it has obeyed, a leader may set something else. On a new connection a robot that does something else has forgotten.
 */
export class KeptWish<T> {
  private wish: T | null = null;
  private since = 0;
  private askedAt = -Infinity;
  private obeyedOn: string | null = null;

  constructor(private readonly same: (one: T, other: T) => boolean) {}

  /** The person's tap. */
  choose(wish: T, now: number): void {
    this.wish = wish;
    this.wait(now);
  }

  /** Somebody else steers now, or nobody. */
  forget(): void {
    this.wish = this.obeyedOn = null;
  }

  /** What to ask for now, or null. `does`: what the robot does on this connection. */
  next(does: T, connection: string, now: number): T | null {
    if (this.wish === null) return null;
    if (this.same(this.wish, does)) this.obeyedOn = connection;
    else if (this.obeyedOn === connection) this.forget();
    else if (this.obeyedOn !== null) this.wait(now);
    if (this.pending === null || now - this.askedAt < REPLY_TIMEOUT_MS) return null;
    this.askedAt = now;
    return this.wish;
  }

  /** What is asked for and not done. */
  get pending(): T | null {
    return this.obeyedOn === null ? this.wish : null;
  }

  isFailing(now: number): boolean {
    return this.pending !== null && now - this.since >= FAILED_AFTER_MS;
  }

  private wait(now: number): void {
    this.obeyedOn = null;
    this.since = now;
    this.askedAt = -Infinity;
  }
}

type Action = Act["action"];
type Send = (action: Action) => void;

/** One thing about the robot that the person sets. */
export class Setting<T> {
  private readonly rule: KeptWish<T>;
  private readonly taps = signal(0);
  private readonly asked = signal<T | null>(null);
  private readonly failed = signal(false);

  constructor(
    private readonly read: (state: RobotState) => T | null,
    private readonly action: (wish: T) => Action,
    same: (one: T, other: T) => boolean,
  ) {
    this.rule = new KeptWish(same);
  }

  /** What the robot does, as it says itself; null while it does not say. */
  get does(): T | null {
    const state = robot.value;
    return state?.session && state.session.id === welcome.value?.session ? this.read(state) : null;
  }

  get pending(): ReadonlySignal<T | null> {
    return this.asked;
  }

  get failing(): ReadonlySignal<boolean> {
    return this.failed;
  }

  choose(wish: T): void {
    this.rule.choose(wish, performance.now());
    this.taps.value = this.taps.peek() + 1;
  }

  /** Goes on for as long as the page, also while the sheet is closed. */
  keep(send: Send): void {
    effect(() => {
      const [does, now, inRoom] = [this.does, performance.now(), phase.value === "room"];
      if (FORGOTTEN_IN.has(phase.value)) this.rule.forget();
      const wish = this.taps.value && inRoom && does !== null ? this.rule.next(does, connection(), now) : null;
      if (wish !== null) send(this.action(wish));
      this.asked.value = this.rule.pending;
      this.failed.value = inRoom && this.rule.isFailing(now);
    });
  }
}

function connection(): string {
  return robot.value?.session?.connection ?? "";
}

type Loudness = RobotState["volume"];

export const STEP_PERCENT = 10;

/** The volume after one step up or down, on the tens. */
export function stepped({ percent, whisper }: Loudness, by: 1 | -1): Loudness {
  const tens = by > 0 ? Math.floor(percent / STEP_PERCENT) : Math.ceil(percent / STEP_PERCENT);
  return { percent: Math.min(100, Math.max(0, (tens + by) * STEP_PERCENT)), whisper };
}

export const loudness = new Setting<Loudness>(
  ({ volume }) => volume,
  (wish) => ({ type: "set_volume", ...wish }),
  (one, other) => one.percent === other.percent && one.whisper === other.whisper,
);

/** Closed eyes say that nobody sees, and nothing of the mood behind them. */
export const mood = new Setting<Mood>(
  ({ eyes }) => (eyes === "closed" ? null : eyes),
  (wish) => ({ type: "set_mood", mood: wish }),
  (one, other) => one === other,
);

let keeping = false;

export function keepSettings(send: Send): void {
  if (keeping) return;
  keeping = true;
  loudness.keep(send);
  mood.keep(send);
}
