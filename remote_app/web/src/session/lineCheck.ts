import { type LineMeasure, median, rateBps } from "../words/line";

const TRIPS = 5;
const TRIP_TIMEOUT_MS = 4000; // slower is no line for a conversation, and is said to be none
const DOWN_BYTES = 256 * 1024;
const UP_BYTES = 32 * 1024;
const DOWN_AT_MOST_MS = 3000; // what came by then says enough
const UP_AT_MOST_MS = 5000;

/**
 * Measures the line to the service, in ten seconds at most: small questions one after the other, then some bytes down
 * and some up. What does not come back is null, never a guess. Never rejects.
 */
export async function measureLine(token: string, until: AbortSignal): Promise<LineMeasure> {
  const place = `/api/line/${encodeURIComponent(token)}`;
  await trip(place, until); // opens the connection, which is not to count
  const tripsMs: number[] = [];
  for (let i = 0; i < TRIPS; i++) {
    const took = await trip(place, until);
    if (took !== null) tripsMs.push(took);
    else if (tripsMs.length === 0) break; // nothing answers: the rest would only take time
  }
  if (tripsMs.length === 0) return { tripsMs, downBps: null, upBps: null };
  const middle = median(tripsMs);
  return { tripsMs, downBps: await down(place, middle, until), upBps: await up(place, middle, until) };
}

function within(ms: number, until: AbortSignal): { readonly signal: AbortSignal; readonly over: () => void } {
  const control = new AbortController();
  const end = (): void => control.abort();
  const timer = setTimeout(end, ms);
  until.addEventListener("abort", end);
  if (until.aborted) end();
  return {
    signal: control.signal,
    over: () => {
      clearTimeout(timer);
      until.removeEventListener("abort", end);
    },
  };
}

async function trip(place: string, until: AbortSignal): Promise<number | null> {
  const { signal, over } = within(TRIP_TIMEOUT_MS, until);
  const start = performance.now();
  try {
    const answer = await fetch(place, { cache: "no-store", signal });
    await answer.arrayBuffer();
    return answer.ok ? performance.now() - start : null;
  } catch {
    return null;
  } finally {
    over();
  }
}

async function down(place: string, tripMs: number, until: AbortSignal): Promise<number | null> {
  const { signal, over } = within(DOWN_AT_MOST_MS, until);
  const start = performance.now();
  let bytes = 0;
  let last = start;
  try {
    const answer = await fetch(`${place}?bytes=${DOWN_BYTES}`, { cache: "no-store", signal });
    const reader = answer.ok ? answer.body?.getReader() : undefined;
    if (!reader) return null;
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      bytes += value.byteLength;
      last = performance.now();
    }
  } catch {
    // cut off by the time, or by the line: what came counts, over the time that was waited
    last = performance.now();
  } finally {
    over();
  }
  return bytes > 0 ? rateBps(bytes, last - start, tripMs) : null;
}

async function up(place: string, tripMs: number, until: AbortSignal): Promise<number | null> {
  const { signal, over } = within(UP_AT_MOST_MS, until);
  const start = performance.now();
  try {
    const headers = { "Content-Type": "application/octet-stream" };
    const answer = await fetch(place, { method: "POST", body: new Uint8Array(UP_BYTES), headers, signal });
    return answer.ok ? rateBps(UP_BYTES, performance.now() - start, tripMs) : null;
  } catch {
    return null;
  } finally {
    over();
  }
}
