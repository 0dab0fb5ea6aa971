import { Part, type PartMeans } from "./session/part";

function means<T>(load: () => Promise<T>): PartMeans<T> {
  return {
    load,
    loadFrom: (address) => import(/* @vite-ignore */ address) as Promise<T>,
    wait: (act, ms) => void window.setTimeout(act, ms),
  };
}

/** What the room needs only later: fetched when it has opened, or when it takes long to. */
export const late = new Part(means(() => import("./late")));

/** The page on which sound, microphone and line are tried. */
export const tryout = new Part(means(() => import("./tryout")));
