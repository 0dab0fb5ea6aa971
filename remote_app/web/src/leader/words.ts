import { type Alone, type None, type Values, ownWords } from "../i18n/ownwords";
import { clockTime, dateParts } from "../words/clock";
import type en from "./i18n/leader-en.json";
import enPlace from "./i18n/leader-en.json?url";
import type nb from "./i18n/leader-nb.json";
import nbPlace from "./i18n/leader-nb.json?url";
import type nn from "./i18n/leader-nn.json";
import nnPlace from "./i18n/leader-nn.json?url";
import type sma from "./i18n/leader-sma.json";
import smaPlace from "./i18n/leader-sma.json?url";

/** The leaders' own dictionary. */

export type Key = keyof typeof nb;
export type { Values } from "../i18n/ownwords";
export type Complete = None<Alone<typeof nb, typeof nn, typeof en, typeof sma>>;

export const { t, speak, loadWords } = ownWords<Key>({ nb: nbPlace, nn: nnPlace, en: enPlace, sma: smaPlace });

/** The time of day at which something began, as people here write it. */
export function timeOfDay(ms: number): string {
  return clockTime(new Date(ms));
}

/** A day and a time, in pieces for a sentence of the dictionary. */
export function dayAndTime(ms: number): Values {
  const at = new Date(ms);
  const { weekday = "", day = "", month = "" } = dateParts(at, { weekday: "long", day: "numeric", month: "long" });
  return { weekday, day, month, time: clockTime(at) };
}
