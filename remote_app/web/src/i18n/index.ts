import type en from "./en.json";
import type nb from "./nb.json";

export type Language = "nb" | "en";
export type Key = keyof typeof nb;
export type Texts = Readonly<Record<Key, string>>;

type None<T extends never> = T;
/** Does not compile when a key is in one dictionary only; the error names it. */
export type Complete = None<Exclude<Key, keyof typeof en> | Exclude<keyof typeof en, Key>>;

/** The language that an address asks for; bokmål when it asks for none that we have. */
export function languageOf(search: string): Language {
  return new URLSearchParams(search).get("lang") === "en" ? "en" : "nb";
}

/** A text with its `{places}` filled in. */
export function fill(text: string, values: Readonly<Record<string, string | number>>): string {
  return text.replace(/\{(\w+)\}/g, (place, name: string) => String(values[name] ?? place));
}

let current: Language = "nb";
let texts: Partial<Texts> = {};

export function language(): Language {
  return current;
}

/** What the whole page says from now on. */
export function speak(choice: Language, dictionary: Texts): void {
  current = choice;
  texts = dictionary;
}

export function t(key: Key, values: Readonly<Record<string, string | number>> = {}): string {
  return fill(texts[key] ?? key, values);
}
