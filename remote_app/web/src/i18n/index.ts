import type beforeEn from "./before.en.json";
import type beforeNb from "./before.nb.json";
import type en from "./en.json";
import type lateEn from "./late.en.json";
import type lateNb from "./late.nb.json";
import type nb from "./nb.json";

export type Language = "nb" | "en";
/** The page's own words, and those that come with a part of it that is fetched later. */
export type Dictionary = "first" | "before" | "late";
/** Of words that are there from the start. */
export type FirstKey = keyof typeof nb;
export type Key = FirstKey | keyof typeof beforeNb | keyof typeof lateNb;
export type Texts = Readonly<Partial<Record<Key, string>>>;

type None<T extends never> = T;
type English = keyof typeof en | keyof typeof beforeEn | keyof typeof lateEn;
/** Does not compile when a key is in one dictionary only; the error names it. */
export type Complete = None<Exclude<Key, English> | Exclude<English, Key>>;

/** The language that an address asks for; bokmål when it asks for none that we have. */
export function languageOf(search: string): Language {
  return new URLSearchParams(search).get("lang") === "en" ? "en" : "nb";
}

/** A text with its `{places}` filled in. */
export function fill(text: string, values: Readonly<Record<string, string | number>>): string {
  return text.replace(/\{(\w+)\}/g, (place, name: string) => String(values[name] ?? place));
}

let current: Language = "nb";
let texts: Texts = {};

export function language(): Language {
  return current;
}

/** What the whole page says from now on. */
export function speak(choice: Language, dictionary: Texts): void {
  current = choice;
  texts = dictionary;
}

/** Words that came later, in the language that the page speaks. */
export function learn(more: Texts): void {
  texts = { ...texts, ...more };
}

export function t(key: Key, values: Readonly<Record<string, string | number>> = {}): string {
  return fill(texts[key] ?? key, values);
}
