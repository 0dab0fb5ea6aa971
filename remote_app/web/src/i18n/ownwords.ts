import { type Places, firstWords } from "./fetch";
import { type Language, fill, saying, speak as speakOfTimes } from "./index";

/** The words of a page that is not the patient's: the patient's page does not carry them, nor such a page the patient's. */

type Texts = Readonly<Partial<Record<string, string>>>;
export type Values = Readonly<Record<string, string | number>>;

type Differs<One, Other> = Exclude<One, Other> | Exclude<Other, One>;
/** The keys that are in one dictionary only; South Sámi may have fewer. */
export type Alone<Nb, Nn, En, Sma> = Differs<keyof Nb, keyof Nn> | Differs<keyof Nb, keyof En> | Exclude<keyof Sma, keyof Nb>;
/** Does not compile when there is any; the error names it. */
export type None<T extends never> = T;

/** A dictionary with these keys, which is empty until it is loaded from these places. */
export function ownWords<Key extends string>(places: Places) {
  let texts: Texts = {};

  function t(key: Key, values: Values = {}): string {
    return saying(key, fill(texts[key] ?? key, values));
  }

  /** What the page says from now on. */
  function speak(choice: Language, dictionary: Texts): void {
    texts = dictionary;
    speakOfTimes(choice, {}); // its words are the patient's; how a time is written is the same
  }

  /** Fetches the page's words. */
  async function loadWords(choice: Language): Promise<void> {
    speak(choice, await firstWords(places, choice));
  }

  return { t, speak, loadWords };
}
