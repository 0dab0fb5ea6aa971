import { type Language, fill, speak as speakOfTimes } from "../i18n";
import { clockTime, dateParts } from "../words/clock";
import type en from "./i18n/leader-en.json";
import enPlace from "./i18n/leader-en.json?url";
import type nb from "./i18n/leader-nb.json";
import nbPlace from "./i18n/leader-nb.json?url";

/** The leaders' own dictionary: the patient's page does not carry it, nor this one the patient's. */

export type Key = keyof typeof nb;
export type Values = Readonly<Record<string, string | number>>;
type Texts = Readonly<Record<Key, string>>;

type None<T extends never> = T;
/** Does not compile when a key is in one dictionary only; the error names it. */
export type Complete = None<Exclude<Key, keyof typeof en> | Exclude<keyof typeof en, Key>>;

const PLACES: Readonly<Record<Language, string>> = { nb: nbPlace, en: enPlace };
const AGAIN_MS = 1000;

let texts: Partial<Texts> = {};

export function t(key: Key, values: Values = {}): string {
  return fill(texts[key] ?? key, values);
}

/** The time of day at which something began, as people here write it. */
export function timeOfDay(ms: number): string {
  return clockTime(new Date(ms));
}

/** A day and a time, in pieces for a sentence of the dictionary. */
export function dayAndTime(ms: number): Values {
  const at = new Date(ms);
  const { weekday = "", day = "", month = "" } = dateParts(at, { weekday: "long", day: "numeric", month: "long" });
  return { weekday, day, month, time: clockTime(at) };
}

/** What the page says from now on. */
export function speak(choice: Language, dictionary: Texts): void {
  texts = dictionary;
  speakOfTimes(choice, {}); // its words are the patient's; how a time is written is the same
}

/** Fetches one dictionary; asks again until it comes, for without words there is nothing to show. */
export async function loadWords(choice: Language): Promise<void> {
  document.documentElement.lang = choice;
  for (;;) {
    const dictionary = await fetch(PLACES[choice])
      .then((answer) => (answer.ok ? (answer.json() as Promise<Texts>) : null))
      .catch(() => null);
    if (dictionary) return speak(choice, dictionary);
    await new Promise((wait) => setTimeout(wait, AGAIN_MS));
  }
}
