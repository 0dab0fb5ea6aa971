import { type Key, type Values, t } from "./words";

export interface Since {
  readonly key: Key;
  readonly values: Values;
}

/** How long ago something began, in whole minutes. */
export function since(seconds: number): Since {
  const minutes = Math.floor(seconds / 60);
  if (minutes < 1) return { key: "since.moment", values: {} };
  return minutes === 1 ? { key: "since.minute", values: {} } : { key: "since.minutes", values: { minutes } };
}

/** The same in words, for what was `seconds` old at `at` and is looked at `now` (ms of one clock). */
export function sinceWords(seconds: number, at: number, now: number): string {
  const { key, values } = since(seconds + Math.max(0, now - at) / 1000);
  return t(key, values);
}
