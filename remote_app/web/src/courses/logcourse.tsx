import { type Plan, me, plans, sites } from "./desk";
import { LogPart } from "./logpart";
import { dayAndTime, t } from "./words";

/** Who was in, in this course. */
export function LogOfCourse({ plan: { course, meetings } }: { readonly plan: Plan }) {
  const each = meetings.map(({ id, number, starts_at }) => {
    const words = t("log.meeting", { number, when: dayAndTime(starts_at) });
    return [`meeting=${id}`, words] as const;
  });
  return <LogPart key={course.id} choices={[[`course=${course.id}`, t("log.course")], ...each]} />;
}

/** Who was in anywhere, or at a leader's own sites; logins too, for whoever may see them. */
export function LogOfAll() {
  const seen = sites.value.filter(({ id }) => plans.value || me.value?.sites.includes(id));
  const each = seen.map(({ id, name, municipality }) => {
    return [`site=${id}`, t("sites.line", { name, municipality })] as const;
  });
  return <LogPart choices={[["", t("log.all")], ...each]} />;
}
