import { type Dictionary, type Language, type Texts, language, learn, speak } from "./index";
import beforeEn from "./before.en.json?url";
import beforeNb from "./before.nb.json?url";
import en from "./en.json?url";
import lateEn from "./late.en.json?url";
import lateNb from "./late.nb.json?url";
import nb from "./nb.json?url";

const PLACES: Readonly<Record<Dictionary, Readonly<Record<Language, string>>>> = {
  first: { nb, en },
  before: { nb: beforeNb, en: beforeEn },
  late: { nb: lateNb, en: lateEn },
};
const AGAIN_MS = 1000;

async function ask(dictionary: Dictionary, choice: Language): Promise<Texts> {
  const answer = await fetch(PLACES[dictionary][choice]);
  if (!answer.ok) throw new Error(`${dictionary}.${choice}: ${answer.status}`);
  return (await answer.json()) as Texts;
}

/** Fetches the page's own words; asks again until they come, for without words there is nothing to show. */
export async function loadLanguage(choice: Language): Promise<void> {
  document.documentElement.lang = choice;
  for (;;) {
    const texts = await ask("first", choice).catch(() => null);
    if (texts) return speak(choice, texts);
    await new Promise((wait) => setTimeout(wait, AGAIN_MS));
  }
}

/** Fetches the words of a part. Rejects when they do not come. */
export async function loadWords(dictionary: Dictionary): Promise<void> {
  learn(await ask(dictionary, language()));
}
