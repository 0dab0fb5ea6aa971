import en from "./en.json";
import nb from "./nb.json";

export type Language = "nb" | "en";
export type Key = keyof typeof nb;
export type Texts = Readonly<Record<Key, string>>;

type Missing = Exclude<Key, keyof typeof en>;
type Unknown = Exclude<keyof typeof en, Key>;
/** Does not compile when a key is in one dictionary only; the error names it. */
const complete: [Missing, Unknown] extends [never, never] ? true : [Missing, Unknown] = true;

const dictionaries: Readonly<Record<Language, Texts>> = { nb, en };

/** The language that an address asks for; bokmål when it asks for none that we have. */
export function languageOf(search: string): Language {
  return new URLSearchParams(search).get("lang") === "en" && complete ? "en" : "nb";
}

/** A text with its `{places}` filled in. */
export function fill(text: string, values: Readonly<Record<string, string | number>>): string {
  return text.replace(/\{(\w+)\}/g, (place, name: string) => String(values[name] ?? place));
}

let current: Language = "nb";

export function language(): Language {
  return current;
}

/** Chooses the language of the whole page, before anything is shown. */
export function chooseLanguage(choice: Language): void {
  current = choice;
  document.documentElement.lang = choice;
}

export function t(key: Key, values: Readonly<Record<string, string | number>> = {}): string {
  return fill(dictionaries[current][key], values);
}
