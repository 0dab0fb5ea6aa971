import type { LinkAnswer, LinkRefused } from "../generated/wire";
import * as store from "../store";
import { whenLookedAt } from "./device";
import { askAgainIn, type Opening, soonest } from "./opening";
import { LINK_ASK_LEAST_MS, LINK_TIMEOUT_MS } from "./timing";

/** True once the service has said that the link does not open the room. */
export function linkRefused(link: store.LinkShown): link is LinkRefused {
  return typeof link === "object" && link.type === "link_refused";
}

const NEEDS_LINK = new Set(["idle", "waiting", "no_network", "reconnecting"]);

async function ask(token: string): Promise<LinkAnswer | null> {
  const giveUp = new AbortController();
  const timer = setTimeout(() => giveUp.abort(), LINK_TIMEOUT_MS);
  try {
    const answer = await fetch(`/api/link/${encodeURIComponent(token)}`, {
      cache: "no-store",
      signal: giveUp.signal,
    });
    const said = (await answer.json()) as Partial<LinkAnswer>; // a refused link is an answer too, whatever its status
    return said.type === "link_info" || said.type === "link_refused" ? (said as LinkAnswer) : null;
  } catch {
    return null; // no network, or not our service: the page says that it cannot connect, and asks again
  } finally {
    clearTimeout(timer);
  }
}

let askedAt = -Infinity;

function openingOf(answer: LinkAnswer): Opening | null {
  if (answer.type !== "link_refused" || answer.opens_at === null || answer.opens_in_s === null) return null;
  return soonest(store.opening.peek(), answer.opens_at, answer.opens_in_s, performance.now());
}

function keep(answer: LinkAnswer): void {
  store.opening.value = openingOf(answer);
  const before = store.link.peek();
  store.openedByItself.value ||= linkRefused(before) && before.fault === "not_yet" && answer.type === "link_info";
  store.link.value = answer;
}

async function askIfNeeded(token: string): Promise<void> {
  if (!NEEDS_LINK.has(store.phase.value)) return;
  askedAt = performance.now();
  const answer = await ask(token);
  if (answer) keep(answer);
  else if (typeof store.link.value !== "object") store.link.value = "unreachable";
}

/** Asks what the link is good for now, unless somebody is in the room or it was asked a moment ago. */
export function askLink(token: string): void {
  if (performance.now() - askedAt >= LINK_ASK_LEAST_MS) void askIfNeeded(token);
}

/** Asks at once and then again and again: courses open, links are withdrawn and robots are switched on. */
export function followLink(token: string): void {
  const wait = (): number => askAgainIn(store.opening.peek(), performance.now());
  const again = (): void => void askIfNeeded(token).then(() => window.setTimeout(again, wait()));
  again();
  whenLookedAt(() => askLink(token)); // a tablet that slept does not wait out the rest of a pause
}
