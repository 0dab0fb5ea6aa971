import { type Alone, type None, ownWords } from "../i18n/ownwords";
import { clockTime, dateParts } from "../words/clock";
import type en from "./i18n/login-en.json";
import enPlace from "./i18n/login-en.json?url";
import type nb from "./i18n/login-nb.json";
import nbPlace from "./i18n/login-nb.json?url";
import type nn from "./i18n/login-nn.json";
import nnPlace from "./i18n/login-nn.json?url";
import type sma from "./i18n/login-sma.json";
import smaPlace from "./i18n/login-sma.json?url";

/** The dictionary of the page on which staff log in, and of their own account. */

export type Key = keyof typeof nb;
export type { Values } from "../i18n/ownwords";
export type Complete = None<Alone<typeof nb, typeof nn, typeof en, typeof sma>>;

export const { t, speak, loadWords } = ownWords<Key>({ nb: nbPlace, nn: nnPlace, en: enPlace, sma: smaPlace });

/** What the page says of a refusal. */
export function faultWords(code: string): string {
  const key = `fault.${code}`;
  const words = t(key as Key);
  return words === key ? t("fault.other") : words;
}

/** A day and a time of day, in words. */
export function dayAndTime(moment: string): string {
  const at = new Date(moment);
  const { day = "", month = "", year = "" } = dateParts(at, { day: "numeric", month: "long", year: "numeric" });
  return t("time.when", { day, month, year, time: clockTime(at) });
}
