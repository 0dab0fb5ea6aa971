import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import type { AccountOffer, LoginWays, StaffInfo } from "../generated/wire";
import { Languages } from "../ui/language";
import {
  GIVEN_UP,
  type Problem,
  askLink,
  askMe,
  askWays,
  goToProvider,
  isProblem,
  logIn,
  logInByPasskey,
  logOut,
  makeAccount,
  makePasskeyAccount,
  wanted,
} from "./ask";
import { Field, Form } from "./fields";
import { canFill, canPasskeys } from "./passkey";
import { faultWords, t } from "./words";

/** Where somebody goes who did not ask for a page; an administrator chooses. */
const HOME: Readonly<Record<StaffInfo["role"], string | null>> = {
  leader: "/lead",
  coordinator: "/courses",
  administrator: null,
};

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
          <First token={first.value} ways={ways.value} onCome={came} />
        ) : (
          <LogIn ways={ways.value} onCome={came} />
        )}
      </div>
      {ways.value?.telephone ? <Call telephone={ways.value.telephone} /> : null}
    </main>
  );
}

export function Call({ telephone }: { readonly telephone: string }) {
  return (
    <a class="help-call" href={`tel:${telephone.replace(/[^+\d]/g, "")}`}>
      {t("help.call", { telephone })}
    </a>
  );
}

/** A heading that is read aloud when its page comes. */
export function Heading({ text }: { readonly text: string }) {
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
      <a class="ds-button big" data-variant="secondary" href="/account">
        {t("inside.account")}
      </a>
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

interface WaysProps extends Coming {
  /** Null until the service has said it. */
  readonly ways: LoginWays | null;
}

const FILL_AGAIN_MS = 240_000; // a challenge is good for five minutes, and the page may stand open for hours

/** A passkey that is asked for by a press, and those that the browser offers in the field of the name meanwhile. */
function usePasskey(possible: boolean, onCome: Coming["onCome"], say: (words: string) => void): () => Promise<void> {
  const pressed = useRef(false);
  const answer = async (fill: boolean): Promise<void> => {
    const said = await logInByPasskey(fill);
    if (!isProblem(said)) return onCome(said);
    if (said.code !== GIVEN_UP && !(fill && said.code === "passkey_cancelled")) say(faultWords(said.code));
  };
  const offer = async (): Promise<void> => {
    if (!pressed.current && possible && (await canFill())) await answer(true);
  };
  useEffect(() => {
    void offer();
    const timer = setInterval(() => void offer(), FILL_AGAIN_MS);
    return () => clearInterval(timer);
  }, [possible]);
  return async () => {
    say("");
    pressed.current = true;
    await answer(false);
    pressed.current = false;
    void offer();
  };
}

function LogIn({ ways, onCome }: WaysProps) {
  const early = new URLSearchParams(location.search).get("fault");
  const said = useSignal("");
  const passkeys = (ways?.passkeys ?? false) && canPasskeys();
  const byPasskey = usePasskey(passkeys, onCome, (words) => (said.value = words));
  return (
    <>
      <Heading text={t("title.login")} />
      <p>{t("login.who")}</p>
      <ByProvider provider={ways?.provider ?? ""} token="" />
      {passkeys ? <PasskeyButton label={t("login.passkey")} said={said.value} onPress={() => void byPasskey()} /> : null}
      {ways?.provider || passkeys ? <p>{t("login.or")}</p> : null}
      <Form
        send={t("login.send")}
        early={early ? faultWords(early) : ""}
        ask={(values) => logIn(values("login"), values("password"))}
        onCome={onCome}
      >
        <Field id="login" label={t("login.name")} complete={passkeys ? "username webauthn" : "username"} />
        <Field id="password" label={t("login.password")} complete="current-password" />
      </Form>
    </>
  );
}

interface PasskeyButtonProps {
  readonly label: string;
  readonly said: string;
  readonly onPress: () => void;
}

function PasskeyButton({ label, said, onPress }: PasskeyButtonProps) {
  return (
    <>
      <button type="button" class="ds-button big" data-variant="secondary" onClick={onPress}>
        {label}
      </button>
      {said ? (
        <p class="code-said" role="alert">
          {said}
        </p>
      ) : null}
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
    </>
  );
}

function First({ token, ways, onCome }: WaysProps & { readonly token: string }) {
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
  return <MakeAccount token={token} ways={ways} offer={now} onCome={onCome} />;
}

function MakeAccount({ token, ways, offer: { name, role }, onCome }: WaysProps & { readonly token: string; readonly offer: AccountOffer }) {
  const said = useSignal("");
  const passkeys = (ways?.passkeys ?? false) && canPasskeys();
  const byPasskey = async (): Promise<void> => {
    const field = document.querySelector<HTMLInputElement>("#name"); // whom the link does not name says so, in the form
    if (field && !field.reportValidity()) return;
    said.value = "";
    const answer = await makePasskeyAccount(token, name || (field?.value ?? ""), t("passkey.first"));
    if (!isProblem(answer)) onCome(answer);
    else if (answer.code !== GIVEN_UP) said.value = faultWords(answer.code);
  };
  return (
    <>
      <Heading text={t("first.title")} />
      <p>{name ? t("first.for", { name, role: t(`role.${role}`) }) : t("first.administrator")}</p>
      <ByProvider provider={ways?.provider ?? ""} token={token} />
      {name ? null : <Field id="name" label={t("first.name")} complete="name" form="account" />}
      {passkeys ? <PasskeyButton label={t("first.passkey")} said={said.value} onPress={() => void byPasskey()} /> : null}
      {ways?.provider || passkeys ? <p>{t("login.or")}</p> : null}
      <Form
        id="account"
        send={t("first.send")}
        early=""
        ask={(values) =>
          makeAccount({ token, name: name || values("name"), login: values("login"), password: values("password") })
        }
        onCome={onCome}
      >
        <Field id="login" label={t("login.name")} complete="username" />
        <Field id="password" label={t("login.password")} complete="new-password" hint={t("first.hint")} />
      </Form>
    </>
  );
}
