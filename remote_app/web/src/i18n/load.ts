import { type Places, fetchWords, firstWords } from "./fetch";
import { type Dictionary, type Language, language, learn, speak } from "./index";
import beforeEn from "./before.en.json?url";
import beforeNb from "./before.nb.json?url";
import beforeNn from "./before.nn.json?url";
import beforeSma from "./before.sma.json?url";
import en from "./en.json?url";
import lateEn from "./late.en.json?url";
import lateNb from "./late.nb.json?url";
import lateNn from "./late.nn.json?url";
import nb from "./nb.json?url";
import nn from "./nn.json?url";
import sma from "./sma.json?url";

const PLACES: Readonly<Record<Dictionary, Places>> = {
  first: { nb, nn, en, sma },
  before: { nb: beforeNb, nn: beforeNn, en: beforeEn, sma: beforeSma },
  late: { nb: lateNb, nn: lateNn, en: lateEn },
};

/** Fetches the page's own words. */
export async function loadLanguage(choice: Language): Promise<void> {
  speak(choice, await firstWords(PLACES.first, choice));
}

/** Fetches the words of a part. Rejects when they do not come. */
export async function loadWords(dictionary: Dictionary): Promise<void> {
  learn(await fetchWords(PLACES[dictionary], language()));
}
