import { signal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { ask } from "./api";
import { me, sites } from "./desk";
import { Checks, Choice, Field, Form, Press } from "./form";
import { type NewLink, type Staff, begin, doIt, everybody } from "./staffdesk";
import { dayAndTime, t } from "./words";

const ROLES = ["leader", "coordinator", "administrator"] as const;
const LINK_HOURS = 24;

const link = signal<NewLink | null>(null);
const changing = signal("");
const out = signal<Staff | null>(null);

/** The view of who may log in. */
export function StaffView() {
  useEffect(() => {
    void begin();
    return () => {
      link.value = null;
      out.value = null;
    };
  }, []);
  const boss = me.value?.role === "administrator";
  return (
    <>
      <Undone />
      <Link />
      <section class="planning-card" aria-label={t("staff.title")}>
        <ul>
          {everybody.value.map((one) => (
            <li key={one.id}>
              <One one={one} boss={boss} />
            </li>
          ))}
        </ul>
      </section>
      {boss ? <Invite /> : null}
    </>
  );
}

function Undone() {
  const one = out.value;
  const back = async (): Promise<void> => {
    if (one && (await doIt(() => ask("POST", `/staff/${one.id}/restore`, {})))) out.value = null;
  };
  return (
    <div role="status">
      {one ? (
        <p class="planning-row">
          {t("staff.out", { name: one.display_name })}
          <Press label={t("delete.undo")} onPress={() => void back()} />
        </p>
      ) : null}
    </div>
  );
}

function Link() {
  const made = link.value;
  if (!made) return null;
  return (
    <section class="planning-card" aria-labelledby="staff-link-title">
      <h2 class="ds-heading" id="staff-link-title">
        {t("staff.link.title", { name: made.person.display_name })}
      </h2>
      <p>{t("staff.link.note", { hours: LINK_HOURS })}</p>
      <div class="planning-row">
        <div class="planning-field">
          <label class="ds-label" for="staff-link">
            {t("staff.link.label")}
          </label>
          <input class="ds-input" id="staff-link" readOnly value={made.link} onFocus={(event) => event.currentTarget.select()} />
        </div>
        <Press label={t("staff.link.copy")} onPress={() => void navigator.clipboard?.writeText(made.link)} />
        <Press label={t("staff.link.done")} kind="tertiary" onPress={() => (link.value = null)} />
      </div>
    </section>
  );
}

const siteNames = (one: Staff): string =>
  one.sites.map((id) => sites.value.find((site) => site.id === id)?.name ?? id).join(", ");

const stands = (one: Staff): string => {
  if (one.left_at) return t("staff.left");
  if (one.waiting) return t("staff.waiting");
  return one.seen_at ? t("staff.seen", { when: dayAndTime(one.seen_at) }) : t("staff.away");
};

function One({ one, boss }: { readonly one: Staff; readonly boss: boolean }) {
  const name = one.display_name;
  const role = t(`staff.role.${one.role}`);
  const newLink = () => doIt(async () => (link.value = await ask<NewLink>("POST", `/staff/${one.id}/link`, {})));
  const stop = async (): Promise<void> => {
    if (await doIt(() => ask("DELETE", `/staff/${one.id}`, {}))) out.value = one;
  };
  return (
    <>
      <h2 class="ds-heading">{one.you ? t("staff.you", { name }) : name}</h2>
      <p>{one.sites.length ? t("staff.at", { role, sites: siteNames(one) }) : role}</p>
      <p class="quiet">{stands(one)}</p>
      {!boss || one.you ? null : one.left_at ? (
        <div class="planning-row">
          <Press
            label={t("staff.back")}
            name={t("staff.named", { deed: t("staff.back"), name })}
            onPress={() => void doIt(() => ask("POST", `/staff/${one.id}/restore`, {}))}
          />
        </div>
      ) : (
        <div class="planning-row">
          <Press
            label={t("staff.change")}
            name={t("staff.named", { deed: t("staff.change"), name })}
            onPress={() => (changing.value = changing.value === one.id ? "" : one.id)}
          />
          <Press label={t("staff.link.new")} name={t("staff.named", { deed: t("staff.link.new"), name })} onPress={() => void newLink()} />
          <Press label={t("staff.stop")} kind="tertiary" name={t("staff.named", { deed: t("staff.stop"), name })} onPress={() => void stop()} />
        </div>
      )}
      {boss && changing.value === one.id && !one.left_at ? <Change one={one} /> : null}
    </>
  );
}

const bodyOf = (values: (name: string) => string, all: FormData): object => ({
  display_name: values("name"),
  role: values("role"),
  sites: values("role") === "leader" ? all.getAll("site").map(String) : [],
});

function Change({ one }: { readonly one: Staff }) {
  const send = async (values: (name: string) => string, all: FormData): Promise<boolean> => {
    const done = await doIt(() => ask("PUT", `/staff/${one.id}`, bodyOf(values, all), one.version));
    if (done) changing.value = "";
    return done;
  };
  return (
    <Form send={t("staff.save")} label={t("staff.named", { deed: t("staff.change"), name: one.display_name })} keep onSend={send}>
      <Fields at={one.id} one={one} />
    </Form>
  );
}

function Invite() {
  const send = (values: (name: string) => string, all: FormData): Promise<boolean> =>
    doIt(async () => (link.value = await ask<NewLink>("POST", "/staff", bodyOf(values, all))));
  return (
    <section class="planning-card" aria-labelledby="staff-new-title">
      <h2 class="ds-heading" id="staff-new-title">
        {t("staff.new")}
      </h2>
      <p>{t("staff.new.note")}</p>
      <Form send={t("staff.invite")} onSend={send}>
        <Fields at="new" />
      </Form>
    </section>
  );
}

function Fields({ at, one }: { readonly at: string; readonly one?: Staff }) {
  const first = one?.role ?? "leader";
  const ordered = [first, ...ROLES.filter((role) => role !== first)];
  return (
    <>
      <Field id={`staff-name-${at}`} name="name" label={t("staff.name")} most={60} {...(one ? { value: one.display_name } : {})} />
      <Choice
        id={`staff-role-${at}`}
        name="role"
        label={t("staff.role")}
        choices={ordered.map((role) => [role, t(`staff.role.${role}`)] as const)}
      />
      <Checks
        id={`staff-sites-${at}`}
        name="site"
        label={t("staff.sites")}
        none={t("staff.sites.none")}
        checked={one?.sites ?? []}
        choices={sites.value.map((site) => [site.id, t("sites.line", { name: site.name, municipality: site.municipality })] as const)}
      />
    </>
  );
}
