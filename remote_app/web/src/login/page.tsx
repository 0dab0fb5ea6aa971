import { useSignal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";
import type { AccountOffer, LoginWays, StaffInfo } from "../generated/wire";
import { Languages } from "../ui/language";
import { type Problem, askLink, askMe, askWays, goToProvider, logIn, logOut, makeAccount, wanted } from "./ask";
import { type Key, t } from "./words";

const FAULTS: ReadonlySet<string> = new Set([
  "wrong", "too_many", "link", "taken", "login", "name", "short", "long", "simple", "store_off", "network",
  "cancelled", "unknown", "provider_off", "provider_wrong", "too_late",
]);

/** What the page says of a refusal. */
export function faultWords(code: string): string {
  return t((FAULTS.has(code) ? `fault.${code}` : "fault.other") as Key);
}

/** Where somebody goes who did not ask for a page; an administrator chooses. */
const HOME: Readonly<Record<StaffInfo["role"], string | null>> = {
  leader: "/lead",
  coordinator: "/courses",
  administrator: null,
};

const isProblem = (answer: object): answer is Problem => (answer as Problem).type === "problem";

/** The whole page: whoever is logged in already, an account to be made, or the form. */
export function LoginPage({ token }: { readonly token: string }) {
  const ways = useSignal<LoginWays | null>(null);
  const who = useSignal<StaffInfo | null | undefined>(undefined);
  const first = useSignal(token);
  useEffect(() => {
    void askWays().then((answer) => (ways.value = isProblem(answer) ? null : answer));
    void askMe().then((answer) => {
      const next = isProblem(answer) ? null : wanted(location.search, location.origin);
      if (next) location.assign(next); // back from the provider, or logged in in another tab
      else who.value = isProblem(answer) ? null : answer;
    });
  }, []);
  const came = (staff: StaffInfo): void => {
    const next = wanted(location.search, location.origin) ?? HOME[staff.role];
    if (next) return location.assign(next);
    first.value = "";
    history.replaceState(null, "", location.pathname); // a link that was used stands there no longer
    who.value = staff;
  };
  if (who.value === undefined) return null;
  return (
    <main class="page">
      <Languages label={t("language.choose")} />
      <div class="card join">
        {ways.value?.course ? <p class="hello">{ways.value.course}</p> : null}
        {who.value ? (
          <Inside staff={who.value} onOut={() => (who.value = null)} />
        ) : first.value ? (
          <First token={first.value} provider={ways.value?.provider ?? ""} onCome={came} />
        ) : (
          <LogIn provider={ways.value?.provider ?? ""} onCome={came} />
        )}
      </div>
      {ways.value?.telephone ? <Call telephone={ways.value.telephone} /> : null}
    </main>
  );
}

function Call({ telephone }: { readonly telephone: string }) {
  return (
    <a class="help-call" href={`tel:${telephone.replace(/[^+\d]/g, "")}`}>
      {t("help.call", { telephone })}
    </a>
  );
}

/** A heading that is read aloud when its page comes. */
function Heading({ text }: { readonly text: string }) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    heading.current?.focus();
    document.title = text;
  }, [text]);
  return (
    <h1 class="ds-heading" tabIndex={-1} ref={heading}>
      {text}
    </h1>
  );
}

function Inside({ staff, onOut }: { readonly staff: StaffInfo; readonly onOut: () => void }) {
  const said = useSignal("");
  const out = async (): Promise<void> => {
    const answer = await logOut();
    if (isProblem(answer)) said.value = faultWords(answer.code);
    else onOut();
  };
  return (
    <>
      <Heading text={t("inside.title")} />
      <p>{t("inside.who", { name: staff.name, role: t(`role.${staff.role}`) })}</p>
      {staff.role === "coordinator" ? null : (
        <a class="ds-button big" data-variant="primary" href="/lead">
          {t("inside.lead")}
        </a>
      )}
      {staff.role === "leader" ? null : (
        <a class="ds-button big" data-variant="secondary" href="/courses">
          {t("inside.courses")}
        </a>
      )}
      <button type="button" class="ds-button big" data-variant="secondary" onClick={() => void out()}>
        {t("inside.out")}
      </button>
      <p class="code-said" role="alert">
        {said.value}
      </p>
    </>
  );
}

interface Coming {
  readonly onCome: (staff: StaffInfo) => void;
}

function LogIn({ provider, onCome }: Coming & { readonly provider: string }) {
  const early = new URLSearchParams(location.search).get("fault");
  return (
    <>
      <Heading text={t("title.login")} />
      <p>{t("login.who")}</p>
      <ByProvider provider={provider} token="" />
      <Form
        send={t("login.send")}
        early={early ? faultWords(early) : ""}
        ask={(values) => logIn(values("login"), values("password"))}
        onCome={onCome}
      >
        <Field id="login" label={t("login.name")} complete="username" />
        <Field id="password" label={t("login.password")} complete="current-password" />
      </Form>
    </>
  );
}

interface ByProviderProps {
  readonly provider: string;
  /** Of a one-time link that is used up by this login; else empty. */
  readonly token: string;
}

/** The button to the OpenID provider, where there is one. */
function ByProvider({ provider, token }: ByProviderProps) {
  const said = useSignal("");
  const go = async (): Promise<void> => {
    const answer = await goToProvider(token);
    if (isProblem(answer)) said.value = faultWords(answer.code);
    else location.assign(answer.url);
  };
  if (!provider) return null;
  return (
    <>
      <button type="button" class="ds-button big" data-variant="primary" onClick={() => void go()}>
        {t("login.provider", { provider })}
      </button>
      <p class="code-said" role="alert">
        {said.value}
      </p>
      <p>{t("login.or")}</p>
    </>
  );
}

function First({ token, provider, onCome }: Coming & ByProviderProps) {
  const offer = useSignal<AccountOffer | Problem | null>(null);
  useEffect(() => {
    void askLink(token).then((answer) => (offer.value = answer));
  }, []);
  const now = offer.value;
  if (!now) return <Heading text={t("first.looking")} />;
  if (isProblem(now)) {
    return (
      <>
        <Heading text={t("gone.title")} />
        <p>{faultWords(now.code)}</p>
      </>
    );
  }
  const { name, role } = now;
  return (
    <>
      <Heading text={t("first.title")} />
      <p>{name ? t("first.for", { name, role: t(`role.${role}`) }) : t("first.administrator")}</p>
      <ByProvider provider={provider} token={token} />
      <Form
        send={t("first.send")}
        early=""
        ask={(values) =>
          makeAccount({ token, name: name || values("name"), login: values("login"), password: values("password") })
        }
        onCome={onCome}
      >
        {name ? null : <Field id="name" label={t("first.name")} complete="name" />}
        <Field id="login" label={t("login.name")} complete="username" />
        <Field id="password" label={t("login.password")} complete="new-password" hint={t("first.hint")} />
      </Form>
    </>
  );
}

interface FieldProps {
  readonly id: "name" | "login" | "password";
  readonly label: string;
  readonly complete: "name" | "username" | "current-password" | "new-password";
  readonly hint?: string;
}

function Field({ id, label, complete, hint }: FieldProps) {
  return (
    <div class="field">
      <label class="ds-label" for={id}>
        {label}
      </label>
      {hint ? <p id={`${id}-hint`}>{hint}</p> : null}
      <input
        class="ds-input"
        id={id}
        name={id}
        {...(id === "password" ? { type: "password" as const } : { type: "text" as const })}
        autocomplete={complete}
        autocapitalize="none"
        spellcheck={false}
        required
        aria-describedby={hint ? `${id}-hint said` : "said"}
      />
    </div>
  );
}

interface FormProps extends Coming {
  readonly send: string;
  readonly early: string;
  readonly ask: (values: (name: string) => string) => Promise<StaffInfo | Problem>;
  readonly children: ComponentChildren;
}

function Form({ send, early, ask, onCome, children }: FormProps) {
  const said = useSignal(early);
  const busy = useSignal(false);
  const submit = async (form: HTMLFormElement): Promise<void> => {
    if (busy.value) return;
    busy.value = true;
    said.value = "";
    const data = new FormData(form);
    const answer = await ask((name) => String(data.get(name) ?? ""));
    busy.value = false;
    if (!isProblem(answer)) return onCome(answer);
    said.value = faultWords(answer.code);
    form.querySelector<HTMLInputElement>("#password")?.focus();
  };
  return (
    <form
      class="code-form"
      onSubmit={(event) => {
        event.preventDefault();
        void submit(event.currentTarget);
      }}
    >
      {children}
      <p id="said" class="code-said" role="alert">
        {said.value}
      </p>
      <button type="submit" class="ds-button big" data-variant="primary">
        {busy.value ? t("login.sending") : send}
      </button>
    </form>
  );
}
