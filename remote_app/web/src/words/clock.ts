import { language } from "../i18n";

// Debian's Chromium writes nynorsk and Sámi dates as English ones: nynorsk is given bokmål's, which differ by three days.
const NYNORSK: Readonly<Record<string, string>> = { mandag: "måndag", tirsdag: "tysdag", lørdag: "laurdag" };

/** Of what browsers know, the one that writes dates and numbers as the page's language does. */
export function locale(): string {
  return language() === "en" ? "en-GB" : "nb";
}

export type DateParts = Readonly<Partial<Record<Intl.DateTimeFormatPartTypes, string>>>;

/** A time in pieces, in the page's language: no two browsers put them together alike. */
export function dateParts(at: Date, wish: Intl.DateTimeFormatOptions): DateParts {
  const found = new Intl.DateTimeFormat(locale(), wish).formatToParts(at);
  const ours = language() === "nn" ? NYNORSK : {};
  return Object.fromEntries(found.map(({ type, value }) => [type, ours[value] ?? value]));
}

/** The time of day as people write it: «10.00» in Norwegian, "10:00" in English. `zone` is the tablet's own if left out. */
export function clockTime(at: Date, zone?: string): string {
  const of = dateParts(at, { hour: "2-digit", minute: "2-digit", hourCycle: "h23", ...(zone ? { timeZone: zone } : {}) });
  return `${of.hour}${language() === "en" ? ":" : "."}${of.minute}`;
}
