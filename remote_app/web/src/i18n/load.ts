import { type Language, type Texts, speak } from "./index";
import en from "./en.json?url";
import nb from "./nb.json?url";

const PLACES: Readonly<Record<Language, string>> = { nb, en };
const AGAIN_MS = 1000;

/** Fetches one dictionary, the page's own; asks again until it comes, for without words there is nothing to show. */
export async function loadLanguage(choice: Language): Promise<void> {
  document.documentElement.lang = choice;
  for (;;) {
    const texts = await fetch(PLACES[choice])
      .then((answer) => (answer.ok ? (answer.json() as Promise<Texts>) : null))
      .catch(() => null);
    if (texts) return speak(choice, texts);
    await new Promise((wait) => setTimeout(wait, AGAIN_MS));
  }
}
