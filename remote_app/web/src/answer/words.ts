import { type Language, fill, saying, speak as speakOfTimes } from "../i18n";
import { type Places, firstWords } from "../i18n/fetch";
import type en from "./i18n/answer-en.json";
import enPlace from "./i18n/answer-en.json?url";
import type nb from "./i18n/answer-nb.json";
import nbPlace from "./i18n/answer-nb.json?url";
import type nn from "./i18n/answer-nn.json";
import nnPlace from "./i18n/answer-nn.json?url";
import type sma from "./i18n/answer-sma.json";
import smaPlace from "./i18n/answer-sma.json?url";

/** The dictionary of the page on which a form is filled in. */

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

/** What the page says from now on. */
export function speak(choice: Language, dictionary: Texts): void {
  texts = dictionary;
  speakOfTimes(choice, {}); // its words are the patient's; how a time is written is the same
}

/** Fetches the page's words. */
export async function loadWords(choice: Language): Promise<void> {
  speak(choice, await firstWords(PLACES, choice));
}
