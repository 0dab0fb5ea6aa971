import { signal } from "@preact/signals";
import type { LeaderLinkInfo, LinkRefused } from "../generated/wire";
import type { Board } from "./board";
import type { NewsItem } from "./news";
import type { Notice } from "./orders";

/** Everything that the page shows, as it is now. `desk.ts` writes, the screens read. */

export type LinkShown = "asking" | "unreachable" | LeaderLinkInfo | LinkRefused;

export const link = signal<LinkShown>("asking");
export const board = signal<Board | null>(null);
export const live = signal(false);
export const notices = signal<readonly Notice[]>([]);
/** What is done in a moment unless it is undone, by its id. */
export const pending = signal<readonly string[]>([]);
/** What a screen reader is told, the newest last. */
export const announced = signal<readonly (NewsItem & { readonly number: number })[]>([]);
export const soundOn = signal(false);
/** The page's monotonic clock, for what counts minutes. */
export const clock = signal(0);
