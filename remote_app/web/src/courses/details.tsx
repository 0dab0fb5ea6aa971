import { type Course, ask } from "./api";
import { sites } from "./desk";
import { Editor } from "./editor";
import { Checks, Choice, Field, type Values } from "./form";
import { t } from "./words";

export const COURSE_LANGUAGES = ["nb", "nn", "en", "sma"] as const;

/** What a course is called, whom one telephones, where it is; and a form to change it. */
export function Details({ course }: { readonly course: Course }) {
  const send = async (values: Values, all: FormData, base: Course): Promise<undefined> => {
    const body = {
      name: values("name"),
      telephone: values("telephone"),
      language: values("language"),
      waiting_room: all.has("waiting_room"),
      sites: all.getAll("site").map(String),
    };
    await ask("PUT", `/courses/${base.id}`, body, base.version);
  };
  const where = course.sites.map((id) => sites.value.find((site) => site.id === id)?.name ?? id).join(", ");
  return (
    <section class="planning-card" aria-labelledby="details-title">
      <h2 class="ds-heading" id="details-title">
        {t("details.title")}
      </h2>
      <dl class="planning-facts">
        <div>
          <dt>{t("field.telephone")}</dt>
          <dd>{course.telephone || t("edit.none")}</dd>
        </div>
        <div>
          <dt>{t("field.sites")}</dt>
          <dd>{where || t("edit.none")}</dd>
        </div>
        <div>
          <dt>{t("field.language")}</dt>
          <dd>{t(`language.${course.language as (typeof COURSE_LANGUAGES)[number]}`)}</dd>
        </div>
        <div>
          <dt>{t("edit.key.waiting_room")}</dt>
          <dd>{t(course.waiting_room ? "edit.yes" : "edit.no")}</dd>
        </div>
      </dl>
      <Editor
        thing={course}
        label={t("editor.open")}
        name={t("editor.open_what", { what: t("edit.thing.course") })}
        onSend={send}
        fields={(base) => <CourseFields course={base} />}
      />
    </section>
  );
}

function CourseFields({ course }: { readonly course: Course }) {
  return (
    <>
      <Field id="course-name" name="name" label={t("field.name")} value={course.name} />
      <Field id="course-telephone" name="telephone" label={t("field.telephone")} type="tel" most={40} optional value={course.telephone} />
      <Choice
        id="course-language"
        name="language"
        label={t("field.language")}
        value={course.language}
        choices={COURSE_LANGUAGES.map((one) => [one, t(`language.${one}`)] as const)}
      />
      <Checks
        id="course-sites"
        name="site"
        label={t("field.sites")}
        checked={course.sites}
        none={t("sites.none")}
        choices={sites.value.map((site) => [site.id, t("sites.line", { name: site.name, municipality: site.municipality })] as const)}
      />
      <Checks
        id="course-waiting"
        name="waiting_room"
        label={t("edit.key.waiting_room")}
        checked={course.waiting_room ? ["yes"] : []}
        choices={[["yes", t("details.waiting")]]}
      />
    </>
  );
}
