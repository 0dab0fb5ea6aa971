import { file } from "./api";
import { themeTitle } from "./changewords";
import type { Plan } from "./desk";
import { Evaluation } from "./evaluation";
import { LogOfCourse } from "./logcourse";
import { dayAndTime, t } from "./words";

/** A course as a leader sees it: when its meetings are, who was in at their own sites, and what was answered. */
export function CourseSeen({ plan }: { readonly plan: Plan }) {
  const { course, meetings, seats } = plan;
  return (
    <>
      <section class="planning-card" aria-labelledby="meetings-title">
        <h2 class="ds-heading" id="meetings-title">
          {t("meetings.title")}
        </h2>
        <ul>
          {meetings.map(({ id, number, starts_at, themes }) => (
            <li key={id}>
              <h3 class="ds-heading">{t("meetings.number", { number })}</h3>
              <p>{dayAndTime(starts_at)}</p>
              <p class="quiet">{themes.map(themeTitle).join(", ")}</p>
            </li>
          ))}
        </ul>
        <a class="planning-link" href={file(`/courses/${course.id}/calendar`)} download>
          {t("meetings.calendar")}
        </a>
      </section>
      <section class="planning-card" aria-labelledby="seats-title">
        <h2 class="ds-heading" id="seats-title">
          {t("seats.title")}
        </h2>
        <ul>
          {seats.map(({ id, name, robot }) => (
            <li key={id}>{t("seats.line", { name, robot })}</li>
          ))}
        </ul>
      </section>
      <LogOfCourse plan={plan} />
      <Evaluation plan={plan} />
    </>
  );
}
