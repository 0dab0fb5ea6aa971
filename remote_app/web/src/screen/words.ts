import { type Alone, type None, ownWords } from "../i18n/ownwords";
import type en from "./i18n/screen-en.json";
import enPlace from "./i18n/screen-en.json?url";
import type nb from "./i18n/screen-nb.json";
import nbPlace from "./i18n/screen-nb.json?url";
import type nn from "./i18n/screen-nn.json";
import nnPlace from "./i18n/screen-nn.json?url";
import type sma from "./i18n/screen-sma.json";
import smaPlace from "./i18n/screen-sma.json?url";

/** The screens' own dictionary. */

export type Key = keyof typeof nb;
export type { Values } from "../i18n/ownwords";
export type Complete = None<Alone<typeof nb, typeof nn, typeof en, typeof sma>>;

export const { t, speak, loadWords } = ownWords<Key>({ nb: nbPlace, nn: nnPlace, en: enPlace, sma: smaPlace });
