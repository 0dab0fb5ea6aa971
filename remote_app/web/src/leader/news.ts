import type { Board } from "./board";
import { hands } from "./board";
import { NEWS_GONE_MS } from "./timing";
import type { Key, Values } from "./words";

export interface NewsItem {
  readonly kind: "hand" | "waiting";
  readonly key: Key;
  readonly values: Values;
}

interface Found extends NewsItem {
  readonly id: string;
}

function found(board: Board): Found[] {
  const up = hands(board)
    .filter((hand) => hand.place > 0)
    .map(({ view, name, session }): Found => {
      return { id: `hand ${view.robot} ${session}`, kind: "hand", key: "news.hand", values: { name, place: view.place } };
    });
  const waiting = board.robots.flatMap((view) =>
    view.waiting.map(({ link, name }): Found => {
      return { id: `waiting ${view.robot} ${link}`, kind: "waiting", key: "news.waiting", values: { name, place: view.place } };
    }),
  );
  return [...up, ...waiting];
}

/** Tells of each raised hand and of everybody who waits once, and again only after they were gone for a while. Pure. */
export class News {
  private readonly seen = new Map<string, number>();

  look(board: Board, now: number): NewsItem[] {
    for (const [id, at] of this.seen) if (now - at >= NEWS_GONE_MS) this.seen.delete(id);
    const here = found(board);
    const fresh = here.filter(({ id }) => !this.seen.has(id));
    for (const { id } of here) this.seen.set(id, now);
    return fresh.map(({ kind, key, values }) => ({ kind, key, values }));
  }
}
