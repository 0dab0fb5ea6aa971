import { ask } from "./api";
import { act, robots, sites } from "./desk";
import { Choice, Field, Form } from "./form";
import { slugOf } from "./slug";
import { SiteLine } from "./standing";
import { t } from "./words";

/** Robots that are known already and stand nowhere yet: a form names one of them, and not a new one beside it. */
const loose = () => robots.value.filter((robot) => robot.site === null);

/** Sites with the robots that stand there, and forms for more. */
export function Places() {
  const addSite = (values: (name: string) => string): Promise<boolean> => {
    const id = slugOf(values("municipality"), sites.value.map((site) => site.id));
    const body = { name: values("name"), municipality: values("municipality") };
    return act(() => ask("PUT", `/sites/${id}`, body));
  };
  const addRobot = (values: (name: string) => string): Promise<boolean> => {
    const wanted = slugOf(values("id"), []);
    const known = loose().find((robot) => robot.id === wanted);
    const id = known?.id ?? slugOf(values("id"), robots.value.map((robot) => robot.id));
    return act(() => ask("PUT", `/robots/${id}`, { site: values("site"), place: values("place") }));
  };
  return (
    <section class="planning-card" aria-labelledby="sites-title">
      <h2 class="ds-heading" id="sites-title">
        {t("sites.title")}
      </h2>
      <ul>
        {sites.value.map((site) => (
          <SiteLine key={site.id} site={site} />
        ))}
      </ul>
      <h3 class="ds-heading">{t("sites.add")}</h3>
      <Form send={t("sites.send")} onSend={addSite}>
        <Field id="site-name" name="name" label={t("sites.name")} most={80} />
        <Field id="site-municipality" name="municipality" label={t("sites.municipality")} most={80} />
      </Form>
      {sites.value.length > 0 ? (
        <>
          <h3 class="ds-heading">{t("robots.add")}</h3>
          {loose().length > 0 ? <p>{t("robots.loose", { robots: loose().map(({ id }) => id).join(", ") })}</p> : null}
          <Form send={t("robots.send")} onSend={addRobot}>
            <Field id="robot-id" name="id" label={t("robots.id")} most={32} />
            <Field id="robot-place" name="place" label={t("robots.place")} most={80} />
            <Choice
              id="robot-site"
              name="site"
              label={t("robots.site")}
              choices={sites.value.map((site) => [site.id, site.name] as const)}
            />
          </Form>
        </>
      ) : null}
    </section>
  );
}
