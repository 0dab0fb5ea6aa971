import { type Robot, type Site, ask } from "./api";
import { robots, sites } from "./desk";
import { Editor, Remove } from "./editor";
import { Choice, Field, type Values } from "./form";
import { t } from "./words";

/** A site with its own form, and the robots that stand there. */
export function SiteLine({ site }: { readonly site: Site }) {
  const at = `/sites/${site.id}`;
  const here = robots.value.filter((robot) => robot.site === site.id);
  const send = async (values: Values, _: FormData, base: Site): Promise<undefined> => {
    const body = { name: values("name"), municipality: values("municipality"), telephone: values("telephone") };
    await ask("PUT", at, body, base.version);
  };
  return (
    <li>
      <div class="planning-line">
        <h3 class="ds-heading">{t("sites.line", { name: site.name, municipality: site.municipality })}</h3>
        <div class="planning-row">
          <Editor
            thing={site}
            label={t("editor.open")}
            name={t("editor.open_what", { what: site.name })}
            onSend={send}
            fields={(base) => <SiteFields site={base} />}
          />
          <Remove at={at} what={site.name} />
        </div>
      </div>
      {here.length === 0 ? <p class="quiet">{t("robots.none")}</p> : null}
      {here.map((robot) => (
        <RobotLine key={robot.id} robot={robot} />
      ))}
    </li>
  );
}

function SiteFields({ site: { id, name, municipality, telephone } }: { readonly site: Site }) {
  return (
    <>
      <Field id={`site-name-${id}`} name="name" label={t("sites.name")} most={80} value={name} />
      <Field id={`site-municipality-${id}`} name="municipality" label={t("sites.municipality")} most={80} value={municipality} />
      <Field id={`site-telephone-${id}`} name="telephone" label={t("edit.key.telephone")} type="tel" most={40} optional value={telephone} />
    </>
  );
}

function RobotLine({ robot }: { readonly robot: Robot }) {
  const { id, place, present } = robot;
  const at = `/robots/${id}`;
  const what = t("edit.thing.robot", { id });
  const send = async (values: Values, _: FormData, base: Robot): Promise<undefined> => {
    await ask("PUT", at, { site: values("site"), place: values("place") }, base.version);
  };
  return (
    <div class="planning-line">
      <p>{t(present ? "robots.on" : "robots.off", { id, place })}</p>
      <div class="planning-row">
        <Editor
          thing={robot}
          label={t("editor.open")}
          name={t("editor.open_what", { what })}
          onSend={send}
          fields={(base) => (
            <>
              <p class="planning-whole">{t("robots.name_stays", { id })}</p>
              <Field id={`robot-place-${id}`} name="place" label={t("robots.place")} most={80} value={base.place} />
              <Choice
                id={`robot-site-${id}`}
                name="site"
                label={t("robots.site")}
                value={base.site ?? ""}
                choices={sites.value.map((site) => [site.id, site.name] as const)}
              />
            </>
          )}
        />
        <Remove at={at} what={what} />
      </div>
    </div>
  );
}
