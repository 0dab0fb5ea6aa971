import { type Key, t } from "../i18n";
import { clockTime, dateParts } from "./clock";

export interface Said {
  readonly key: Key;
  readonly values: Readonly<Record<string, string | number>>;
}

const MINUTE_S = 60;
const HOUR_S = 3600;
const DAY_S = 86400;

/** When something begins, told by somebody for whom it is `now`: both in seconds since 1970. */
export function whenWords(begins: number, now: number, zone?: string): string {
  const wish = { weekday: "long", day: "numeric", month: "long", ...(zone ? { timeZone: zone } : {}) } as const;
  const day = (at: number): string => Object.values(dateParts(new Date(at * 1000), { ...wish, year: "numeric" })).join(" ");
  const at = new Date(begins * 1000);
  const time = clockTime(at, zone);
  if (day(begins) === day(now)) return t("when.today", { time });
  if (day(begins) === day(now + DAY_S)) return t("when.tomorrow", { time });
  const { weekday = "", day: date = "", month = "" } = dateParts(at, wish);
  return t("when.day", { weekday, date, month, time });
}

/** How long it is until then, no finer than a person needs: what changes each second draws the eye. */
export function countdown(leftS: number): Said {
  if (leftS > 2 * DAY_S) return { key: "early.days", values: { days: Math.round(leftS / DAY_S) } };
  if (leftS > 2 * HOUR_S) return { key: "early.hours", values: { hours: Math.round(leftS / HOUR_S) } };
  if (leftS > MINUTE_S) return { key: "early.minutes", values: { minutes: Math.ceil(leftS / MINUTE_S) } };
  return { key: "early.soon", values: {} };
}
