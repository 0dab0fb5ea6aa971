import * as store from "../store";

const KEPT_AS = "av1-companion";
const MOST = 60; // the wire's limit for a name
const STRANGE = /[^\p{L}\p{M}\p{N} .,'’()/&-]+/gu; // a name with anything else would not be taken, and nobody get in

/** A name as the wire takes it: one line of letters, at most 60, without spaces around or doubled. */
export function asName(text: string): string {
  const plain = text.normalize("NFC").replace(STRANGE, " ").replace(/ +/g, " ").trim();
  return [...plain].slice(0, MOST).join("").trim();
}

function kept(): string {
  try {
    return asName(localStorage.getItem(KEPT_AS) ?? "");
  } catch {
    return ""; // a browser that keeps nothing
  }
}

store.companion.value = kept();

/** Remembers the name on this tablet; an empty one is forgotten. */
export function keepCompanion(): void {
  const name = asName(store.companion.peek());
  store.companion.value = name;
  try {
    if (name) localStorage.setItem(KEPT_AS, name);
    else localStorage.removeItem(KEPT_AS);
  } catch {
    return; // the next time it has to be written again
  }
}
