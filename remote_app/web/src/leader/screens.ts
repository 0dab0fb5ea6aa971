import { signal } from "@preact/signals";
import type { ScreenLink } from "../generated/wire";

/** The links of screens that were asked for on this page, by robot; empty: it was withdrawn just now. */
export const screenLinks = signal<ReadonlyMap<string, string>>(new Map());

/** The service has made, or withdrawn, the link of a room's screens. */
export function screenLinkCame({ robot, path }: ScreenLink): void {
  screenLinks.value = new Map([...screenLinks.value, [robot, path]]);
}

/** The whole address, as somebody at the other place opens it. */
export function addressOf(path: string): string {
  return new URL(path, location.href).href;
}
