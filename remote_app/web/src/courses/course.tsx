import { type Meeting, type Seat, ask, file } from "./api";
import { Changes } from "./changes";
import { themeTitle } from "./changewords";
import { type Plan, act, remove, robots } from "./desk";
import { Evaluation } from "./evaluation";
import { Choice, Field, Form } from "./form";
import { LinesOfCourse } from "./lines";
import { LogOfCourse } from "./logcourse";
import { People } from "./people";
import { slugOf } from "./slug";
import { Sure } from "./sure";
import { asFields, asMoment } from "./times";
import { dayAndTime, t } from "./words";

/** One course: its meetings, its seats, its people. */
export function CoursePlan({ plan }: { readonly plan: Plan }) {
  return (
    <>
      <Meetings plan={plan} />
      <Seats plan={plan} />
      <People plan={plan} />
      <LinesOfCourse course={plan.course.id} />
      <LogOfCourse plan={plan} />
      <Evaluation plan={plan} />
      <Changes />
      <Delete plan={plan} />
    </>
  );
}

function Meetings({ plan: { course, meetings } }: { readonly plan: Plan }) {
  return (
    <section class="planning-card" aria-labelledby="meetings-title">
      <h2 class="ds-heading" id="meetings-title">
        {t("meetings.title")}
      </h2>
      <ul>
        {meetings.map((meeting) => (
          <MeetingLine key={meeting.version} course={course.id} meeting={meeting} />
        ))}
      </ul>
      <a class="planning-link" href={file(`/courses/${course.id}/calendar`)} download>
        {t("meetings.calendar")}
      </a>
    </section>
  );
}

function MeetingLine({ course, meeting }: { readonly course: string; readonly meeting: Meeting }) {
  const { id, number, version, themes: own } = meeting;
  const starts = asFields(meeting.starts_at);
  const ends = asFields(meeting.ends_at);
  const titles = own.map(themeTitle);
  const move = (values: (name: string) => string): Promise<boolean> => {
    const times = {
      starts_at: asMoment(values("day"), values("start")),
      ends_at: asMoment(values("day"), values("end")),
    };
    return act(() => ask("PUT", `/courses/${course}/meetings/${id}`, { ...times, themes: own }, version));
  };
  return (
    <li>
      <h3 class="ds-heading">{t("meetings.number", { number })}</h3>
      <p>{dayAndTime(meeting.starts_at)}</p>
      <p class="quiet">{titles.join(", ")}</p>
      <Form send={t("meetings.move", { number })} keep onSend={move}>
        <Field id={`day-${id}`} name="day" label={t("field.day")} type="date" value={starts.day} />
        <Field id={`start-${id}`} name="start" label={t("field.start")} type="time" value={starts.time} />
        <Field id={`end-${id}`} name="end" label={t("field.end")} type="time" value={ends.time} />
      </Form>
    </li>
  );
}

function Seats({ plan: { course, seats } }: { readonly plan: Plan }) {
  const free = robots.value.filter((robot) => robot.site !== null && !seats.some((seat) => seat.robot === robot.id));
  const add = (values: (name: string) => string): Promise<boolean> => {
    const name = slugOf(values("name"), seats.map((seat) => seat.name));
    return act(() => ask<Seat>("POST", `/courses/${course.id}/seats`, { name, robot: values("robot") }));
  };
  return (
    <section class="planning-card" aria-labelledby="seats-title">
      <h2 class="ds-heading" id="seats-title">
        {t("seats.title")}
      </h2>
      <p>{t("seats.note")}</p>
      <ul>
        {seats.map(({ id, name, robot }) => (
          <li key={id}>{t("seats.line", { name, robot })}</li>
        ))}
      </ul>
      {free.length > 0 ? (
        <Form send={t("seats.send")} onSend={add}>
          <Field id="seat-name" name="name" label={t("seats.name")} most={32} />
          <Choice
            id="seat-robot"
            name="robot"
            label={t("seats.robot")}
            choices={free.map(({ id, place }) => [id, `${place} (${id})`] as const)}
          />
        </Form>
      ) : null}
    </section>
  );
}

function Delete({ plan: { course } }: { readonly plan: Plan }) {
  return (
    <Sure
      label={t("delete.send")}
      question={t("delete.sure", { name: course.name })}
      onYes={() => void remove(course)}
    />
  );
}
