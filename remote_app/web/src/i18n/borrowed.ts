import { options } from "preact";
import { type Words } from "./fetch";
import { whenSaid } from "./index";

/** On a page in South Sámi each text says which language it is in, for the voice that reads it aloud (WCAG 3.1.2). */

const MOST = 500; // texts with numbers in them become many; what is drawn has just been said
const READ = ["children", "aria-label", "placeholder"] as const;

const own = new Set<string>();
const said = new Map<string, "nb" | "sma">();

/** The keys of these words are South Sámi from now on, all others bokmål. */
export function keepOwn(words: Words): void {
  for (const key of Object.keys(words)) own.add(key);
  whenSaid((key, text) => {
    if (said.size >= MOST) said.clear();
    said.set(text, own.has(key) ? "sma" : "nb");
  });
}

/** The language of the first of these that is a text of ours. */
export function languageIn(texts: unknown): "nb" | "sma" | undefined {
  if (typeof texts === "string") return said.get(texts);
  return Array.isArray(texts) ? texts.map(languageIn).find(Boolean) : undefined;
}

const before = options.vnode;
options.vnode = (node) => {
  const props = node.props as Record<string, unknown>;
  const found = typeof node.type === "string" && !props.lang && READ.map((name) => languageIn(props[name])).find(Boolean);
  if (found) props.lang = found;
  before?.(node);
};
