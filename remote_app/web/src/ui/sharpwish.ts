import { signal } from "@preact/signals";
import type { Session } from "../session/session";

const MOST_WIDE_PX = 2560; // of the whole picture; more is asked for where somebody zooms in

/** How the person wants it; the board alone, as nobody asks for the wall around it. */
export const straight = signal(true);
export const clear = signal(false);

export function wish(): { readonly rectify: boolean; readonly outline: null; readonly contrast: boolean } {
  return { rectify: straight.value, outline: null, contrast: clear.value };
}

export function wishedWidth(): number {
  return Math.min(MOST_WIDE_PX, Math.max(320, Math.ceil(window.innerWidth * devicePixelRatio)));
}

export function takeSharp(session: Session): void {
  session.sharp.change((one, now) => one.take(wish(), wishedWidth(), now));
}
