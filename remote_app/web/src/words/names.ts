import type { SessionState } from "../generated/wire";
import { t } from "../i18n";

/** The person, and who is with them. */
export function namesOf({ name, companion }: Pick<SessionState, "name" | "companion">): string {
  return companion ? t("names.two", { name, companion }) : name;
}
