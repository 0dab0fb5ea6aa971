import type { Key } from "../i18n";

export interface Waited {
  readonly key: Key;
  readonly minutes: number;
}

/** How long somebody has waited, in whole minutes: a clock that counts seconds makes nobody calmer. */
export function waitedWords(seconds: number): Waited {
  const minutes = Math.floor(seconds / 60);
  if (minutes < 1) return { key: "waiting.moment", minutes };
  return { key: minutes === 1 ? "waiting.minute" : "waiting.minutes", minutes };
}
