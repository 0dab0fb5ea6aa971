/** Where the text field stands: always in the bar of a wide screen, in a sheet that *Skriv* opens on others. */

export const BROAD = "(min-width: 64rem)";
export const ROOMY = `${BROAD} and (min-height: 40rem)`; // a tablet on its side, a laptop

export interface Screen {
  readonly roomy: boolean;
  readonly broad: boolean;
}

/** A keyboard that rises on the screen makes it low, but must not take the field away from who writes in it. */
export function staysWide(now: Screen, wasWide: boolean, writes: boolean): boolean {
  return now.roomy || (now.broad && wasWide && writes);
}
