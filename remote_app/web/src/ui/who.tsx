import { useEffect } from "preact/hooks";
import type { Choices } from "../generated/wire";
import { type Key, t } from "../i18n";
import { choose, confirmed, keepChoices, wanted } from "../session/choices";
import type { Session } from "../session/session";
import { robot } from "../store";
import { whoIsThere } from "../words/who";

/** Everybody who is there, with role in words. */
function WhoList() {
  return (
    <>
      <h3 class="ds-heading">{t("who.title")}</h3>
      <ul>
        {whoIsThere(robot.value).map(({ name, role, id }) => (
          <li key={id}>{t("who.one", { name, role: t(role) })}</li>
        ))}
      </ul>
    </>
  );
}

const CHOICES: readonly (readonly [keyof Choices, Key])[] = [
  ["relatives_watch", "choice.watch"],
  ["heard_elsewhere", "choice.heard"],
  ["named_elsewhere", "choice.named"],
];

let keeping = false;

/** Who is there, and what the person allows: off until they say otherwise. */
export function Who({ session }: { readonly session: Session }) {
  useEffect(() => {
    if (!keeping) keepChoices((choices) => session.wishes.ask({ type: "set_choices", choices }));
    keeping = true;
  }, [session]);
  const [does, wish] = [confirmed(), wanted.value];
  return (
    <section class="who">
      <WhoList />
      <h3 class="ds-heading">{t("choice.title")}</h3>
      {CHOICES.map(([key, label]) => {
        const pending = wish !== null && wish[key] !== does[key];
        const now = t(pending ? "choice.asking" : does[key] ? "choice.yes" : "choice.no");
        return (
          <button
            key={key}
            type="button"
            role="switch"
            aria-checked={does[key]}
            aria-label={t("choice.one", { label: t(label), now })}
            class="ds-button choice"
            {...(does[key] ? {} : { "data-variant": "secondary" })}
            onClick={() => choose(key)}
          >
            <span>{t(label)}</span> <strong>{now}</strong>
          </button>
        );
      })}
      <p>{t("choice.note")}</p>
    </section>
  );
}
