import { LINK_ASK_AGAIN_MS, OPENED_MARGIN_MS } from "./timing";

/** A time at which a link opens: by the service (seconds since 1970), and on this machine's monotonic clock (ms). */
export interface Opening {
  readonly at: number;
  readonly dueMs: number;
}

/**
 * What is known now, of what was known and what the service says: the answer is late by its way here, never early, and a
 * tablet that slept has a clock that stood still, so that the earlier time is the better one.
 */
export function soonest(before: Opening | null, at: number, inS: number, nowMs: number): Opening {
  const dueMs = nowMs + inS * 1000;
  return before?.at === at && before.dueMs <= dueMs ? before : { at, dueMs };
}

/** How long to wait before the service is asked again: it is asked when the link opens, not up to ten seconds later. */
export function askAgainIn(opening: Opening | null, nowMs: number): number {
  if (!opening) return LINK_ASK_AGAIN_MS;
  return Math.min(LINK_ASK_AGAIN_MS, Math.max(0, opening.dueMs - nowMs) + OPENED_MARGIN_MS);
}
