import { effect, signal } from "@preact/signals";
import type { Choices } from "../generated/wire";
import { phase, robot, welcome } from "../store";
import type { Phase } from "./phase";
import { REPLY_TIMEOUT_MS } from "./timing";

/** Another tablet steers now, or the person has gone: what was chosen here no longer counts. */
export const FORGOTTEN_IN: ReadonlySet<Phase> = new Set([
  "idle", "waiting", "busy", "replaced", "elsewhere", "turned_down", "ended", "over", "left",
] as const);

export const NOTHING: Choices = { relatives_watch: false, heard_elsewhere: false, named_elsewhere: false };

/** What the person wishes, until the robot says the same; null when they have said nothing here. */
export const wanted = signal<Choices | null>(null);
let sentAt = -Infinity;

/** What the robot does now, as it says itself. */
export function confirmed(): Choices {
  const state = robot.value;
  return state?.session && state.session.id === welcome.value?.session ? state.choices : NOTHING;
}

export function same(one: Choices, other: Choices): boolean {
  return (Object.keys(NOTHING) as (keyof Choices)[]).every((key) => one[key] === other[key]);
}

/** Whether to ask now: the robot does something else than the person wishes, and has had its time for the last word. */
export function isDue(wish: Choices | null, robotDoes: Choices, now: number, askedAt: number): boolean {
  return wish !== null && !same(wish, robotDoes) && now - askedAt >= REPLY_TIMEOUT_MS;
}

/** Keeps asking until the robot obeys, also when it has forgotten in the meantime. Goes on for as long as the page. */
export function keepChoices(send: (choices: Choices) => void): void {
  effect(() => {
    if (FORGOTTEN_IN.has(phase.value)) wanted.value = null;
    const [wish, does, now] = [wanted.value, confirmed(), performance.now()];
    if (phase.value !== "room" || !isDue(wish, does, now, sentAt) || wish === null) return;
    sentAt = now;
    send(wish);
  });
}

/** The person's tap. */
export function choose(key: keyof Choices): void {
  const now = wanted.peek() ?? confirmed();
  sentAt = -Infinity;
  wanted.value = { ...now, [key]: !now[key] };
}
