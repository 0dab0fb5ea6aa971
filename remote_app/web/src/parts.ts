import type { Dictionary } from "./i18n";
import { loadWords } from "./i18n/load";
import { Part } from "./session/part";

/** A part is here when its script and its words are. */
function part<T>(words: Dictionary, load: () => Promise<T>): Part<T> {
  const withWords = (script: Promise<T>): Promise<T> => Promise.all([script, loadWords(words)]).then(() => script);
  return new Part({
    load: () => withWords(load()),
    loadFrom: (address) => withWords(import(/* @vite-ignore */ address) as Promise<T>),
    wait: (act, ms) => void window.setTimeout(act, ms),
  });
}

/** What the room needs only later: fetched when it has opened, or when it takes long to. */
export const late = part("late", () => import("./late"));

/** The pages before the room that not everybody sees: six digits, a course that is not open yet, trying, waiting. */
export const before = part("before", () => import("./before"));
