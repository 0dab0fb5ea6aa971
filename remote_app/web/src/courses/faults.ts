import { Refusal } from "./api";
import { dayAndTime, t } from "./words";

/** Refusals that have words of their own; the others are said as the service says them. */
const CODES = [
  "changed_since",
  "belongs_gone",
  "moved_on",
  "people_inside",
  "has_answers",
  "seat_has",
  "seat_name",
  "robot_taken",
  "site_has_robot",
  "site_has_leader",
  "in_course",
  "begun",
  "end_is_past",
] as const;

/** A refusal in words. Whatever else was thrown is thrown on. */
export function faultWords(fault: unknown): string {
  if (!(fault instanceof Refusal)) throw fault;
  const { code, facts } = fault.problem;
  if (fault.changedMeanwhile) return t("fault.changed");
  if (fault.status === 0) return t("fault.network");
  if (fault.status === 403) return t("fault.allowed");
  const known = CODES.find((one) => one === code);
  if (!known) return t("fault.other", { detail: fault.detail });
  const who = facts?.["name"] || t("edit.somebody");
  return t(`fault.code.${known}`, { who, names: facts?.["names"] ?? "", when: facts?.["at"] ? dayAndTime(facts["at"]) : "" });
}
