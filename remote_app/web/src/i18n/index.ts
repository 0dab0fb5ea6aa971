import type beforeEn from "./before.en.json";
import type beforeNb from "./before.nb.json";
import type beforeNn from "./before.nn.json";
import type beforeSma from "./before.sma.json";
import type en from "./en.json";
import type lateEn from "./late.en.json";
import type lateNb from "./late.nb.json";
import type lateNn from "./late.nn.json";
import type nb from "./nb.json";
import type nn from "./nn.json";
import type sma from "./sma.json";

/** Each by its own name, in the order in which they are offered. South Sámi has what we are sure of, and bokmål the rest. */
export const LANGUAGES = { nb: "Bokmål", nn: "Nynorsk", en: "English", sma: "Åarjelsaemien" } as const;
export type Language = keyof typeof LANGUAGES;
/** The page's own words, and those that come with a part of it that is fetched later. */
export type Dictionary = "first" | "before" | "late";
/** Of words that are there from the start. */
export type FirstKey = keyof typeof nb;
export type Key = FirstKey | keyof typeof beforeNb | keyof typeof lateNb;
export type Texts = Readonly<Partial<Record<Key, string>>>;

type None<T extends never> = T;
type Differs<Keys> = Exclude<Key, Keys> | Exclude<Keys, Key>;
type English = keyof typeof en | keyof typeof beforeEn | keyof typeof lateEn;
type Nynorsk = keyof typeof nn | keyof typeof beforeNn | keyof typeof lateNn;
/** Does not compile when a key is in one dictionary only; the error names it. */
export type Complete = None<Differs<English> | Differs<Nynorsk> | Exclude<keyof typeof sma | keyof typeof beforeSma, Key>>;

/** The language that an address asks for, or else the one chosen before; bokmål when neither is one that we have. */
export function languageOf(search: string, before: string | null = null): Language {
  const wishes = [new URLSearchParams(search).get("lang"), before];
  return (wishes.find((wish) => wish && Object.hasOwn(LANGUAGES, wish)) as Language | undefined) ?? "nb";
}

/** A text with its `{places}` filled in. */
export function fill(text: string, values: Readonly<Record<string, string | number>>): string {
  return text.replace(/\{(\w+)\}/g, (place, name: string) => String(values[name] ?? place));
}

let current: Language = "nb";
let texts: Texts = {};
let listener: ((key: string, text: string) => void) | undefined;

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

/** Calls with every text that is asked for, and its key. */
export function whenSaid(listen: (key: string, text: string) => void): void {
  listener = listen;
}

/** Passes a text on to whoever listens. */
export function saying(key: string, text: string): string {
  listener?.(key, text);
  return text;
}

export function t(key: Key, values: Readonly<Record<string, string | number>> = {}): string {
  return saying(key, fill(texts[key] ?? key, values));
}
