import { signal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { language } from "../i18n";
import { type Course, ask } from "./api";
import { CoursePlan } from "./course";
import { Changes, Notices } from "./changes";
import { type Plan, act, begin, close, courses, me, open, plan, plans, sites } from "./desk";
import { COURSE_LANGUAGES } from "./details";
import { Checks, Choice, Field, Form, Press } from "./form";
import { LogOfAll } from "./logcourse";
import { Places } from "./places";
import { CourseSeen } from "./seen";
import { StaffView } from "./staff";
import { asMoment } from "./times";
import { dayAndTime, t } from "./words";

const atStaff = signal(false);

/** The whole page: all courses, or one. */
export function App() {
  useEffect(() => void begin(), []);
  const shown = plan.value;
  const staff = atStaff.value;
  const title = staff ? t("staff.title") : (shown?.course.name ?? t("title.courses"));
  const back = (): void => {
    atStaff.value = false;
    close();
  };
  return (
    <main class="planning">
      <header class="planning-head">
        <Heading text={title} at={staff ? "staff" : (shown?.course.id ?? "")} />
        {shown || staff ? <Press label={t("courses.back")} kind="tertiary" onPress={back} /> : <Elsewhere />}
      </header>
      {staff ? <StaffView /> : shown ? <OneCourse plan={shown} /> : <Overview />}
      <Notices />
    </main>
  );
}

function OneCourse({ plan }: { readonly plan: Plan }) {
  return plans.value ? <CoursePlan plan={plan} /> : <CourseSeen plan={plan} />;
}

/** `at` is the view: another one begins at its heading, another name for the same does not. */
function Heading({ text, at }: { readonly text: string; readonly at: string }) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => heading.current?.focus(), [at]);
  useEffect(() => {
    document.title = text;
  }, [text]);
  return (
    <h1 class="ds-heading" tabIndex={-1} ref={heading}>
      {text}
    </h1>
  );
}

function Elsewhere() {
  const other = language() === "en" ? "nb" : "en";
  const leads = me.value !== null && me.value.role !== "coordinator";
  return (
    <nav class="planning-row" aria-label={t("courses.elsewhere")}>
      {leads ? (
        <a class="planning-link" href="/lead">
          {t("courses.lead")}
        </a>
      ) : null}
      <a class="planning-link" href={`?lang=${other}`} lang={other} hreflang={other}>
        {t("language.other")}
      </a>
    </nav>
  );
}

function Overview() {
  const all = courses.value;
  if (!all) return null;
  return (
    <>
      <section class="planning-card" aria-label={t("title.courses")}>
        {all.length === 0 ? <p>{t("courses.none")}</p> : null}
        <ul>
          {all.map((course) => (
            <li key={course.id}>
              <h2 class="ds-heading">{course.name}</h2>
              <p class="quiet">{t("courses.until", { when: dayAndTime(course.ends_at) })}</p>
              <div class="planning-row">
                <Press label={t("courses.open", { name: course.name })} onPress={() => void open(course.id)} />
              </div>
            </li>
          ))}
        </ul>
      </section>
      {plans.value ? (
        <>
          <NewCourse />
          <Places />
          <Changes />
        </>
      ) : null}
      <LogOfAll />
      <div class="planning-row">
        {plans.value ? <Press label={t("staff.open")} onPress={() => (atStaff.value = true)} /> : null}
        <a class="ds-button" data-variant="secondary" href="/account">
          {t("account.open")}
        </a>
      </div>
    </>
  );
}

function NewCourse() {
  const make = async (values: (name: string) => string, all: FormData): Promise<boolean> => {
    let made: Course | null = null;
    const done = await act(async () => {
      made = await ask<Course>("POST", "/courses", {
        name: values("name"),
        telephone: values("telephone"),
        language: values("language"),
        sites: all.getAll("site").map(String),
        starts_at: asMoment(values("day"), values("time")),
      });
    });
    if (made) await open((made as Course).id);
    return done;
  };
  return (
    <section class="planning-card" aria-labelledby="new-title">
      <h2 class="ds-heading" id="new-title">
        {t("new.title")}
      </h2>
      <p>{t("new.note")}</p>
      <Form send={t("new.send")} onSend={make}>
        <Field id="new-name" name="name" label={t("field.name")} />
        <Field id="new-telephone" name="telephone" label={t("field.telephone")} type="tel" most={40} optional />
        <Choice
          id="new-language"
          name="language"
          label={t("field.language")}
          choices={COURSE_LANGUAGES.map((one) => [one, t(`language.${one}`)] as const)}
        />
        <Field id="new-day" name="day" label={t("field.first")} type="date" />
        <Field id="new-time" name="time" label={t("field.start")} type="time" value="10:00" />
        <Checks
          id="new-sites"
          name="site"
          label={t("field.sites")}
          none={t("sites.none")}
          choices={sites.value.map((site) => [site.id, t("sites.line", { name: site.name, municipality: site.municipality })] as const)}
        />
      </Form>
    </section>
  );
}
