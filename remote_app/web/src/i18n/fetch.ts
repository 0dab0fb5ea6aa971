import { type Language, languageOf } from "./index";

export type Words = Readonly<Record<string, string>>;
/** Where a dictionary is, by language; bokmål always is. */
export type Places = Readonly<Partial<Record<Language, string>> & { nb: string }>;

const KEPT_AS = "av1-language";
const AGAIN_MS = 1000;

async function ask(place: string): Promise<Words> {
  const answer = await fetch(place);
  if (!answer.ok) throw new Error(`${place}: ${answer.status}`);
  return (await answer.json()) as Words;
}

/** A dictionary's words; where a language has only some of them, bokmål has the rest. Rejects when they do not come. */
export async function fetchWords(places: Places, choice: Language): Promise<Words> {
  const place = places[choice];
  if (choice !== "sma") return ask(place ?? places.nb);
  const [rest, own] = await Promise.all([ask(places.nb), place ? ask(place) : {}]);
  await import("./borrowed").then(({ keepOwn }) => keepOwn(own), () => undefined); // without it a voice reads bokmål badly
  return { ...rest, ...own };
}

/** The same for the words that a page begins with: asks until they come, for without words there is nothing to show. */
export async function firstWords(places: Places, choice: Language): Promise<Words> {
  document.documentElement.lang = choice;
  for (;;) {
    const words = await fetchWords(places, choice).catch(() => null);
    if (words) return words;
    await new Promise((wait) => setTimeout(wait, AGAIN_MS));
  }
}

/** The language of this page; what its address asks for is remembered on the tablet. */
export function chosenLanguage(): Language {
  try {
    const choice = languageOf(location.search, localStorage.getItem(KEPT_AS));
    localStorage.setItem(KEPT_AS, choice);
    return choice;
  } catch {
    return languageOf(location.search); // a browser that keeps nothing
  }
}
