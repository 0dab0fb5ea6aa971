import { language } from "../i18n";
import type { Difference } from "./api";
import { plan, sites, themes } from "./desk";
import type { Edit, Thing } from "./edits";
import { type Key, dayAndTime, t } from "./words";

/** A theme's title in the page's language. */
export function themeTitle(id: string): string {
  const titles = themes.value.find((one) => one.id === id)?.titles;
  return titles?.[language()] ?? titles?.["nb"] ?? id;
}

const KEYS: Readonly<Record<Edit["kind"], readonly string[]>> = {
  course: ["name", "telephone", "language", "waiting_room", "sites"],
  meeting: ["starts_at", "ends_at", "themes"],
  site: ["name", "municipality", "telephone"],
  robot: ["place", "site"],
  seat: ["name", "robot"],
  person: ["display_name", "role", "seat"],
  invitation: [],
};

const siteName = (id: unknown): string => sites.value.find((one) => one.id === id)?.name ?? String(id);

/** A value as people say it. */
function valueWords(key: string, value: unknown): string {
  if (value === null || value === undefined || value === "") return t("edit.none");
  if (key === "themes" || key === "sites") {
    const all = (value as readonly string[]).map(key === "themes" ? themeTitle : siteName);
    return all.join(", ") || t("edit.none");
  }
  if (key === "starts_at" || key === "ends_at") return dayAndTime(String(value));
  if (key === "role" || key === "language") return t(`${key}.${String(value)}` as Key);
  if (key === "waiting_room") return t(value ? "edit.yes" : "edit.no");
  if (key === "site") return siteName(value);
  if (key === "seat") return plan.value?.seats.find((one) => one.id === value)?.name ?? t("edit.gone");
  return String(value);
}

/** «Navn: det nye (før: det gamle)». */
export const differenceWords = ({ key, before, now }: Difference): string =>
  t("edit.difference", { key: t(`edit.key.${key}` as Key), now: valueWords(key, now), before: valueWords(key, before) });

function thingWords(kind: Edit["kind"], thing: Thing): string {
  const name = String(thing["display_name"] ?? thing["name"] ?? "");
  if (kind === "course") return t("edit.thing.course");
  if (kind === "meeting") return t("edit.thing.meeting", { number: String(thing["number"]), when: dayAndTime(String(thing["starts_at"])) });
  if (kind === "robot") return t("edit.thing.robot", { id: String(thing["id"]) });
  if (kind === "seat") return t("edit.thing.seat", { name });
  return kind === "invitation" ? t("edit.thing.invitation", { name }) : name;
}

/** What was done, as one sentence. */
export function editWords({ kind, deed, undoes, before, after }: Edit): string {
  const what = t(`edit.${deed}`, { thing: thingWords(kind, before ?? after ?? {}) });
  return undoes === null ? what : t("edit.undone", { what });
}

/** What is another now than it was, of a change. */
export function differences({ kind, before, after }: Edit): readonly Difference[] {
  if (!before || !after) return [];
  const other = KEYS[kind].filter((key) => JSON.stringify(before[key]) !== JSON.stringify(after[key]));
  return other.map((key) => ({ key, before: before[key], now: after[key] }));
}
