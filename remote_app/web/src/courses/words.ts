import { type Alone, type None, ownWords } from "../i18n/ownwords";
import { clockTime, dateParts } from "../words/clock";
import type en from "./i18n/courses-en.json";
import enPlace from "./i18n/courses-en.json?url";
import type nb from "./i18n/courses-nb.json";
import nbPlace from "./i18n/courses-nb.json?url";
import type nn from "./i18n/courses-nn.json";
import nnPlace from "./i18n/courses-nn.json?url";
import type sma from "./i18n/courses-sma.json";
import smaPlace from "./i18n/courses-sma.json?url";

/** The coordinator's own dictionary. */

export type Key = keyof typeof nb;
export type { Values } from "../i18n/ownwords";
export type Complete = None<Alone<typeof nb, typeof nn, typeof en, typeof sma>>;

export const { t, speak, loadWords } = ownWords<Key>({ nb: nbPlace, nn: nnPlace, en: enPlace, sma: smaPlace });

/** A day and a time of day, in words. */
export function dayAndTime(moment: string): string {
  const at = new Date(moment);
  const { weekday = "", day = "", month = "" } = dateParts(at, { weekday: "long", day: "numeric", month: "long" });
  return t("time.when", { weekday, day, month, time: clockTime(at) });
}
