import { signal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { useEffect } from "preact/hooks";
import { Form, Press } from "../courses/form";
import type { LoginWays, OwnPasskeys, OwnSessions, StaffInfo } from "../generated/wire";
import { Languages } from "../ui/language";
import {
  type Problem,
  askMe,
  askPasskeys,
  askSessions,
  askWays,
  changePassword,
  isProblem,
  logOut,
  logOutElsewhere,
} from "./ask";
import { Keys } from "./keys";
import { Call, Heading } from "./page";
import { dayAndTime, faultWords, t } from "./words";

/** Everything of one's own account, as the service said it last. */
interface Mine {
  readonly me: StaffInfo;
  readonly sessions: OwnSessions;
  readonly passkeys: OwnPasskeys;
}

const mine = signal<Mine | null>(null);
const ways = signal<LoginWays | null>(null);
type Part = "keys" | "password" | "sessions";
interface Said {
  readonly at: Part | "";
  readonly words: string;
  /** The service's own word for why it was not done; empty where it was. */
  readonly code: string;
}
/** What was done last, or why not, and in which part of the page somebody looks for it. */
const said = signal<Said>({ at: "", words: "", code: "" });

const toLogin = (): void => location.assign("/login?next=/account");

async function load(): Promise<void> {
  const [me, sessions, passkeys] = await Promise.all([askMe(), askSessions(), askPasskeys()]);
  if (isProblem(me) || isProblem(sessions) || isProblem(passkeys)) {
    const why = [me, sessions, passkeys].find(isProblem)?.code ?? "other";
    if (why === "not_logged_in") toLogin();
    else said.value = { at: "", words: faultWords(why), code: why };
    return;
  }
  mine.value = { me, sessions, passkeys };
}

type Deed = () => Promise<object | Problem>;

/** Does something in this part, says what came of it, and shows what holds then. Whether it was done. */
async function act(at: Part, deed: Deed, done: string, why = faultWords): Promise<boolean> {
  said.value = { at, words: "", code: "" };
  const answer = await deed();
  const code = isProblem(answer) ? answer.code : "";
  if (code === "not_logged_in") toLogin();
  said.value = { at, words: code ? why(code) : done, code };
  if (!code) await load();
  return !code;
}

/** The page of one's own account: passkeys, password, and where one is logged in. */
export function AccountPage() {
  useEffect(() => {
    void load();
    void askWays().then((answer) => (ways.value = isProblem(answer) ? null : answer));
  }, []);
  const now = mine.value;
  return (
    <main class="planning">
      <header class="planning-head">
        <Heading text={t("account.title")} />
        <Languages label={t("language.choose")} />
      </header>
      {now ? <p>{t("inside.who", { name: now.me.name, role: t(`role.${now.me.role}`) })}</p> : <p>{t("account.looking")}</p>}
      {now ? <Pages role={now.me.role} /> : null}
      <Outcome at="" />
      {now ? (
        <>
          <Card part="keys" title={t("keys.title")}>
            <Keys keys={now.passkeys} act={(deed, done) => act("keys", deed, done)} />
          </Card>
          <Password login={now.sessions.password} />
          <Sessions sessions={now.sessions.sessions} />
        </>
      ) : null}
      {ways.value?.telephone ? <Call telephone={ways.value.telephone} /> : null}
    </main>
  );
}

/** What came of the last deed, where it was done; it may lead to the login and back. */
function Outcome({ at }: { readonly at: Part | "" }) {
  const { words, code, at: where } = said.value;
  const here = words && where === at;
  return (
    <div role="status">
      {here ? <p class={code ? "planning-said" : "account-done"}>{words}</p> : null}
      {here && code === "stale" ? <Press label={t("account.again")} onPress={() => void logOut().then(toLogin)} /> : null}
    </div>
  );
}

interface CardProps {
  readonly part: Part;
  readonly title: string;
  readonly children: ComponentChildren;
}

function Card({ part, title, children }: CardProps) {
  return (
    <section class="planning-card" aria-labelledby={`${part}-title`}>
      <h2 class="ds-heading" id={`${part}-title`}>
        {title}
      </h2>
      {children}
      <Outcome at={part} />
    </section>
  );
}

function Pages({ role }: { readonly role: StaffInfo["role"] }) {
  return (
    <nav class="planning-row" aria-label={t("account.pages")}>
      {role === "coordinator" ? null : (
        <a class="planning-link" href="/lead">
          {t("account.lead")}
        </a>
      )}
      <a class="planning-link" href="/courses">
        {t("account.courses")}
      </a>
    </nav>
  );
}

/** A wrong password here is the one before; the login's own words are about a name, too. */
const passwordFault = (code: string): string => (code === "wrong" ? t("own.wrong") : faultWords(code));

function Password({ login }: { readonly login: boolean }) {
  const send = (_: unknown, all: FormData): Promise<boolean> =>
    act("password", () => changePassword(String(all.get("old") ?? ""), String(all.get("new") ?? "")), t("own.changed"), passwordFault);
  return (
    <Card part="password" title={t("own.password")}>
      {login ? (
        <Form send={t("own.change")} onSend={send}>
          <Secret id="old" label={t("own.old")} kind="current-password" />
          <Secret id="new" label={t("own.new")} kind="new-password" />
        </Form>
      ) : (
        <p class="account-text">{t("own.none")}</p>
      )}
    </Card>
  );
}

interface SecretProps {
  readonly id: "old" | "new";
  readonly label: string;
  readonly kind: "current-password" | "new-password";
}

function Secret({ id, label, kind }: SecretProps) {
  return (
    <div class="planning-field">
      <label class="ds-label" for={id}>
        {label}
      </label>
      <input class="ds-input" id={id} name={id} type="password" autocomplete={kind} maxLength={256} required />
    </div>
  );
}

function Sessions({ sessions }: { readonly sessions: OwnSessions["sessions"] }) {
  const out = async (): Promise<void> => {
    if (await act("sessions", logOut, "")) toLogin();
  };
  return (
    <Card part="sessions" title={t("own.sessions")}>
      <ul>
        {sessions.map((one) => (
          <li key={one.began_at}>
            {t(one.here ? "own.here" : "own.there", { began: dayAndTime(one.began_at), seen: dayAndTime(one.seen_at) })}
          </li>
        ))}
      </ul>
      <div class="planning-row">
        {sessions.length > 1 ? <Press label={t("own.elsewhere")} onPress={() => void act("sessions", logOutElsewhere, t("own.left"))} /> : null}
        <Press label={t("inside.out")} onPress={() => void out()} />
      </div>
    </Card>
  );
}
