/** Sentences that somebody says often, kept on this tablet and nowhere else. */

export const MOST_PHRASES = 12; // more would have to be searched
export const MOST_PHRASE_CHARS = 120; // longer is no phrase, and no button
const KEPT_AS = "av1-phrases";

/** A sentence as it is kept: on one line, without spaces around; empty when it cannot be kept. */
export function asPhrase(text: string): string {
  const line = text.replace(/\s+/g, " ").trim();
  return line.length <= MOST_PHRASE_CHARS ? line : "";
}

/** What was kept, whatever stands there: what is no list of sentences is left out. */
export function readPhrases(kept: string | null): readonly string[] {
  let found: unknown;
  try {
    found = JSON.parse(kept ?? "[]");
  } catch {
    return [];
  }
  if (!Array.isArray(found)) return [];
  const phrases = found.filter((one): one is string => typeof one === "string").map(asPhrase);
  return [...new Set(phrases)].filter((one) => one !== "").slice(0, MOST_PHRASES);
}

export type WhyNot = "empty" | "long" | "there" | "full";

/** Why a sentence is not kept; null when it is. `fixed` are those that everybody has. */
export function whyNot(text: string, own: readonly string[], fixed: readonly string[]): WhyNot | null {
  if (text.trim() === "") return "empty";
  const phrase = asPhrase(text);
  if (phrase === "") return "long";
  if (own.includes(phrase) || fixed.includes(phrase)) return "there";
  return own.length >= MOST_PHRASES ? "full" : null;
}

/** A removed sentence, and where it stood. */
export interface Removed {
  readonly phrase: string;
  readonly at: number;
}

export function without(own: readonly string[], phrase: string): readonly string[] {
  return own.filter((one) => one !== phrase);
}

/** The sentence where it stood before. */
export function putBack(own: readonly string[], { phrase, at }: Removed): readonly string[] {
  const others = without(own, phrase);
  return [...others.slice(0, at), phrase, ...others.slice(at)].slice(0, MOST_PHRASES);
}

/** What stands in the field after a tap on a phrase: alone, or after what was written; `most` characters at most. */
export function withPhrase(draft: string, phrase: string, most: number): string {
  const before = draft.trim();
  if (before === "" || before === phrase) return phrase;
  const together = `${before} ${phrase}`;
  return together.length <= most ? together : draft;
}

export function keptPhrases(): readonly string[] {
  try {
    return readPhrases(localStorage.getItem(KEPT_AS));
  } catch {
    return []; // a browser that keeps nothing
  }
}

/** True when they will be there the next time. */
export function keepPhrases(own: readonly string[]): boolean {
  try {
    localStorage.setItem(KEPT_AS, JSON.stringify(own));
    return true;
  } catch {
    return false;
  }
}
