import { clockTime } from "../words/clock";
import { type Course, type Meeting, ask, file, list } from "./api";
import { themeTitle } from "./changewords";
import { type Plan, themes } from "./desk";
import { Editor, Remove } from "./editor";
import { Checks, Choice, Field, type Values, type Wrong } from "./form";
import { warnOf } from "./inside";
import { slugOf } from "./slug";
import { asFields, asMoment, shifted } from "./times";
import { dayAndTime, t } from "./words";

/** The meetings of a course, each with its own form, and one for all. */
export function Meetings({ plan: { course, meetings } }: { readonly plan: Plan }) {
  return (
    <section class="planning-card" aria-labelledby="meetings-title">
      <h2 class="ds-heading" id="meetings-title">
        {t("meetings.title")}
      </h2>
      <ul>
        {meetings.map((meeting) => (
          <MeetingLine key={meeting.id} course={course} meeting={meeting} />
        ))}
      </ul>
      <div class="planning-row">
        <AddMeeting course={course} meetings={meetings} />
        <ShiftAll course={course} meetings={meetings} />
      </div>
      <a class="planning-link" href={file(`/courses/${course.id}/calendar`)} download>
        {t("meetings.calendar")}
      </a>
    </section>
  );
}

function MeetingLine({ course, meeting }: { readonly course: Course; readonly meeting: Meeting }) {
  const { id, number } = meeting;
  const at = `/courses/${course.id}/meetings/${id}`;
  const send = async (values: Values, all: FormData, base: Meeting): Promise<Wrong | undefined> => {
    const times = timesOf(values);
    if (!times) return { end: t("wrong.end") };
    await ask("PUT", at, { ...times, themes: await chosen(values("new_theme"), all, base) }, base.version);
    return undefined;
  };
  const what = t("meetings.number", { number });
  return (
    <li class="planning-line">
      <div>
        <h3 class="ds-heading">{what}</h3>
        <p>{t("meetings.when", { starts: dayAndTime(meeting.starts_at), ends: clockTime(new Date(meeting.ends_at)) })}</p>
        {meeting.themes.length > 0 ? <p class="quiet">{meeting.themes.map(themeTitle).join(", ")}</p> : null}
      </div>
      <div class="planning-row">
        <Editor
          thing={meeting}
          label={t("editor.open")}
          name={t("editor.open_what", { what })}
          warn={(base) => warnOf(course.id, base)}
          onSend={send}
          fields={(base) => <MeetingFields meeting={base} />}
        />
        <Remove at={at} what={what} />
      </div>
    </li>
  );
}

/** A form for one meeting more, a week after the last. */
function AddMeeting({ course, meetings }: { readonly course: Course; readonly meetings: readonly Meeting[] }) {
  const last = meetings.at(-1);
  const from = last?.starts_at ?? new Date().toISOString();
  const next = { id: "new", number: 0, version: "", themes: [] };
  const starts_at = shifted(from, { days: 7 });
  const ends_at = shifted(last?.ends_at ?? from, { days: 7, minutes: last ? 0 : 120 });
  const send = async (values: Values, all: FormData, base: Meeting): Promise<Wrong | undefined> => {
    const times = timesOf(values);
    if (!times) return { end: t("wrong.end") };
    await ask("POST", `/courses/${course.id}/meetings`, { ...times, themes: await chosen(values("new_theme"), all, base) });
    return undefined;
  };
  return (
    <Editor
      thing={{ ...next, starts_at, ends_at }}
      label={t("meetings.add")}
      name={t("meetings.add")}
      onSend={send}
      fields={(base) => <MeetingFields meeting={base} />}
    />
  );
}

/** What a form says of when; null where it ends before it begins. */
function timesOf(values: Values): { readonly starts_at: string; readonly ends_at: string } | null {
  const times = { starts_at: asMoment(values("day"), values("start")), ends_at: asMoment(values("day"), values("end")) };
  return times.ends_at > times.starts_at ? times : null;
}

/** The themes that are checked, in the order that they had, and a new one that is made on the way. */
async function chosen(title: string, all: FormData, base: Meeting): Promise<readonly string[]> {
  const checked = all.getAll("theme").map(String);
  const ordered = [...base.themes.filter((one) => checked.includes(one)), ...checked.filter((one) => !base.themes.includes(one))];
  if (!title) return ordered;
  const known = themes.value.find(({ id }) => themeTitle(id).toLowerCase() === title.toLowerCase());
  if (known) return [...new Set([...ordered, known.id])];
  const id = slugOf(title, themes.value.map((one) => one.id));
  await ask("PUT", `/themes/${id}`, { titles: { nb: title } });
  return [...ordered, id];
}

function MeetingFields({ meeting: { id, starts_at, ends_at, themes: own } }: { readonly meeting: Meeting }) {
  const starts = asFields(starts_at);
  return (
    <>
      <Field id={`day-${id}`} name="day" label={t("field.day")} type="date" value={starts.day} />
      <Field id={`start-${id}`} name="start" label={t("field.start")} type="time" value={starts.time} />
      <Field id={`end-${id}`} name="end" label={t("field.end")} type="time" value={asFields(ends_at).time} />
      <Checks
        id={`theme-${id}`}
        name="theme"
        label={t("meetings.themes")}
        checked={own}
        choices={themes.value.map((one) => [one.id, themeTitle(one.id)] as const)}
      />
      <Field id={`new-theme-${id}`} name="new_theme" label={t("meetings.new_theme")} optional />
    </>
  );
}

const STEPS = {
  hour_later: { minutes: 60 },
  hour_earlier: { minutes: -60 },
  day_later: { days: 1 },
  day_earlier: { days: -1 },
  week_later: { days: 7 },
  week_earlier: { days: -7 },
} as const;
type Step = keyof typeof STEPS;

interface Coming {
  readonly version: string;
  readonly meetings: readonly Meeting[];
}

/** Moves meetings as they were when the form was opened. Tried again, it moves only those that it did not reach. */
async function shift(course: string, before: readonly Meeting[], step: Step): Promise<Wrong | undefined> {
  const by = STEPS[step];
  const moved = before.map((one) => ({ one, starts_at: shifted(one.starts_at, by), ends_at: shifted(one.ends_at, by) }));
  const early = moved.find(({ starts_at }) => Date.parse(starts_at) < Date.now());
  if (early) return { step: t("shift.early", { number: early.one.number }) };
  const now = new Map((await list<Meeting>(`/courses/${course}/meetings`)).map((one) => [one.id, one]));
  const left = moved.filter(({ one, starts_at }) => Date.parse(now.get(one.id)?.starts_at ?? starts_at) !== Date.parse(starts_at));
  // One that somebody else has changed comes first: it is refused before anything is moved.
  const changed = ({ one }: (typeof left)[number]): number => Number(now.get(one.id)?.version === one.version);
  for (const { one, ...times } of left.sort((a, b) => changed(a) - changed(b))) {
    await ask("PUT", `/courses/${course}/meetings/${one.id}`, { ...times, themes: one.themes }, one.version);
  }
  return undefined;
}

/** One form that moves every meeting that has not begun. */
function ShiftAll({ course, meetings }: { readonly course: Course; readonly meetings: readonly Meeting[] }) {
  const coming = meetings.filter((one) => Date.parse(one.starts_at) > Date.now());
  if (coming.length < 2) return null;
  const all: Coming = { version: coming.map((one) => one.version).join(), meetings: coming };
  return (
    <Editor
      thing={all}
      label={t("shift.open")}
      name={t("shift.open")}
      onSend={(values, _, base) => shift(course.id, base.meetings, values("step") as Step)}
      fields={(base) => (
        <>
          <p class="planning-whole">{t("shift.note", { count: base.meetings.length })}</p>
          <Choice
            id="shift-step"
            name="step"
            label={t("shift.step")}
            choices={(Object.keys(STEPS) as Step[]).map((step) => [step, t(`shift.${step}`)] as const)}
          />
        </>
      )}
    />
  );
}
