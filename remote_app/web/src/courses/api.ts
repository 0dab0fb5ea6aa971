/** The REST API as this page uses it (`/api/docs`). */

export interface Site {
  readonly id: string;
  readonly name: string;
  readonly municipality: string;
  readonly telephone: string;
  readonly version: string;
}

export interface Robot {
  readonly id: string;
  readonly site: string | null;
  readonly place: string;
  readonly present: boolean;
  readonly version: string;
}

export interface Course {
  readonly id: string;
  readonly name: string;
  readonly telephone: string;
  readonly language: string;
  readonly waiting_room: boolean;
  readonly sites: readonly string[];
  readonly ends_at: string;
  readonly deleted_at: string | null;
  readonly version: string;
}

export interface Meeting {
  readonly id: string;
  readonly number: number;
  readonly starts_at: string;
  readonly ends_at: string;
  readonly themes: readonly string[];
  readonly version: string;
}

export interface Theme {
  readonly id: string;
  readonly titles: Readonly<Record<string, string>>;
}

export interface Seat {
  readonly id: string;
  readonly name: string;
  readonly robot: string;
  readonly version: string;
}

export interface Person {
  readonly id: string;
  readonly display_name: string;
  readonly role: string;
  readonly seat: string | null;
  readonly version: string;
}

export interface Invitation {
  readonly id: string;
  readonly person: string;
  readonly withdrawn_at: string | null;
  readonly path: string | null;
  readonly digits: string | null;
}

export interface Asked {
  readonly id: string;
  readonly text: string;
  readonly kind: "scale" | "category" | "words";
  readonly choices?: readonly string[];
}

export interface EvaluationForm {
  readonly id: string;
  readonly name: string;
  readonly language: string;
  readonly moment: "before" | "after_meeting" | "after_course";
  readonly questions: readonly Asked[];
}

/** `answers` is null where fewer than five answered. */
export interface Result {
  readonly question: string;
  readonly text: string;
  readonly answers: readonly (number | string)[] | null;
}

/** How the lines of a meeting were at one site. Shares are from 0 to 1; null was never measured. */
export interface Lines {
  readonly meeting: string;
  readonly number: number;
  readonly municipality: string;
  readonly site: string;
  readonly visits: number;
  readonly minutes: number;
  readonly good: number | null;
  readonly slow: number | null;
  readonly bad: number | null;
  readonly fps: number | null;
  readonly loss_percent: number | null;
  readonly rtt_median_ms: number | null;
  readonly rtt_p95_ms: number | null;
  readonly reconnections: number;
  readonly minutes_direct: number;
  readonly minutes_relay: number;
  readonly minutes_rescue: number;
  readonly lowest: "p720" | "p540" | "p360" | "p180" | "p180_20" | "stills" | "sound_only" | null;
}

export interface Page<T> {
  readonly items: readonly T[];
  readonly next: string | null;
}

const BASE = "/api/v1";
const NOT_LOGGED_IN = 401;
const CHANGED = 412;

/** What one who was faster has changed. */
export interface Difference {
  readonly key: string;
  readonly before: unknown;
  readonly now: unknown;
}

/** What a refusal says of itself (`Problem` in `/api/docs`). */
export interface Problem {
  readonly detail?: string;
  readonly key?: string | null;
  readonly code?: string | null;
  readonly facts?: Readonly<Record<string, string>> | null;
  readonly changes?: readonly Difference[] | null;
}

/** A refusal: `status` 0 where nothing came back. `detail` is the service's sentence, in English. */
export class Refusal extends Error {
  readonly detail: string;

  constructor(
    readonly status: number,
    readonly problem: Problem = {},
  ) {
    super(problem.detail);
    this.detail = problem.detail ?? "";
  }

  get changedMeanwhile(): boolean {
    return this.status === CHANGED;
  }
}

let leaving = false;

/** To where one logs in; once, however many requests are refused: a second call would abort the first. */
function leave(): void {
  if (leaving) return;
  leaving = true;
  addEventListener("pageshow", () => (leaving = false), { once: true }); // who comes back by the browser's button
  location.assign(`/login?next=${encodeURIComponent(location.pathname)}`);
}

/** One request. Whoever is not logged in is sent to where that is done, and comes back. Throws Refusal. */
export async function ask<T>(method: string, path: string, body?: object, version?: string): Promise<T> {
  const headers: Record<string, string> = { "Content-Type": "application/json" };
  if (version !== undefined) headers["If-Match"] = `"${version}"`;
  const init: RequestInit = { method, headers, cache: "no-store" };
  if (body) init.body = JSON.stringify(body);
  let answer: Response;
  try {
    answer = await fetch(path.startsWith("/api/") ? path : BASE + path, init);
  } catch {
    throw new Refusal(0);
  }
  if (answer.status === NOT_LOGGED_IN) leave();
  if (answer.status === 204) return undefined as T;
  const said = (await answer.json().catch(() => ({}))) as T & Problem;
  if (!answer.ok) throw new Refusal(answer.status, said);
  return said;
}

/** A whole list, however many parts it has. */
export async function list<T>(path: string): Promise<readonly T[]> {
  const all: T[] = [];
  let after = "";
  for (;;) {
    const part: Page<T> = await ask("GET", path + (after ? `${path.includes("?") ? "&" : "?"}after=${after}` : ""));
    all.push(...part.items);
    if (!part.next) return all;
    after = part.next;
  }
}

/** A file of the API, for a link. */
export const file = (path: string): string => BASE + path;
