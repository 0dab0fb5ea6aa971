import type { Lines } from "./api";

/** How lines are drawn. Pure. */

export const PARTS = ["good", "slow", "bad"] as const;
export type Part = (typeof PARTS)[number];

/** Of the bar's own height: the difference is seen without its colours too. */
const HEIGHTS: Readonly<Record<Part, number>> = { good: 1, slow: 0.6, bad: 0.3 };

export interface Piece {
  readonly part: Part;
  readonly from: number;
  readonly width: number;
  readonly height: number;
}

/** The pieces of a bar that is 100 wide, the best first; none where nothing is known. */
export function drawn(shares: Pick<Lines, Part>): readonly Piece[] {
  const pieces: Piece[] = [];
  let from = 0;
  for (const part of PARTS) {
    const width = 100 * (shares[part] ?? 0);
    if (width > 0) pieces.push({ part, from, width, height: HEIGHTS[part] });
    from += width;
  }
  return pieces;
}

/** The rows of each site, in the order in which the sites come first; those of one site as they came. */
export function bySite(rows: readonly Lines[]): readonly (readonly Lines[])[] {
  const sites = new Map<string, Lines[]>();
  for (const row of rows) {
    const key = `${row.municipality}\n${row.site}`;
    sites.set(key, [...(sites.get(key) ?? []), row]);
  }
  return [...sites.values()];
}
