import { type Language, fill, saying, speak as speakOfTimes } from "../i18n";
import { type Places, firstWords } from "../i18n/fetch";
import { clockTime, dateParts } from "../words/clock";
import type en from "./i18n/courses-en.json";
import enPlace from "./i18n/courses-en.json?url";
import type nb from "./i18n/courses-nb.json";
import nbPlace from "./i18n/courses-nb.json?url";
import type nn from "./i18n/courses-nn.json";
import nnPlace from "./i18n/courses-nn.json?url";
import type sma from "./i18n/courses-sma.json";
import smaPlace from "./i18n/courses-sma.json?url";

/** The coordinator's own dictionary. */

export type Key = keyof typeof nb;
export type Values = Readonly<Record<string, string | number>>;
type Texts = Readonly<Partial<Record<Key, string>>>;

type None<T extends never> = T;
type Differs<Keys> = Exclude<Key, Keys> | Exclude<Keys, Key>;
/** Does not compile when a key is in one dictionary only; the error names it. */
export type Complete = None<Differs<keyof typeof en> | Differs<keyof typeof nn> | Exclude<keyof typeof sma, Key>>;

const PLACES: Places = { nb: nbPlace, nn: nnPlace, en: enPlace, sma: smaPlace };

let texts: Texts = {};

export function t(key: Key, values: Values = {}): string {
  return saying(key, fill(texts[key] ?? key, values));
}

/** A day and a time of day, in words. */
export function dayAndTime(moment: string): string {
  const at = new Date(moment);
  const { weekday = "", day = "", month = "" } = dateParts(at, { weekday: "long", day: "numeric", month: "long" });
  return t("time.when", { weekday, day, month, time: clockTime(at) });
}

/** What the page says from now on. */
export function speak(choice: Language, dictionary: Texts): void {
  texts = dictionary;
  speakOfTimes(choice, {});
}

/** Fetches the page's words. */
export async function loadWords(choice: Language): Promise<void> {
  speak(choice, await firstWords(PLACES, choice));
}
