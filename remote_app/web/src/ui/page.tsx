import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { t } from "../i18n";
import { link, start, welcome } from "../store";
import { Icon, type IconName } from "./icon";

function telephone(): string {
  const answer = link.value;
  return typeof answer === "object" ? answer.telephone : (welcome.value ?? start.value)?.telephone ?? written();
}

/** The service writes the number into the page itself: it is there when nothing else comes. */
function written(): string {
  return document.querySelector<HTMLMetaElement>('meta[name="telephone"]')?.content ?? "";
}

/** Whom to call, as a link that a telephone dials; or whom to ask, when the course gave no number. */
export function Help() {
  const number = telephone();
  if (!number) return <p class="help">{t("help.nobody")}</p>;
  return (
    <p class="help">
      <span>{t("help.question")}</span>
      <a class="help-call" href={`tel:${number.replace(/[^+\d]/g, "")}`}>
        <Icon name="phone" />
        {t("help.call", { telephone: number })}
      </a>
    </p>
  );
}

interface PageProps {
  readonly icon: IconName;
  readonly title: string;
  readonly working?: boolean;
  readonly children?: ComponentChildren;
}

/** A page of words: what is the matter, what to do, whom to call. Its heading is read aloud when it comes. */
export function Page({ icon, title, working = false, children }: PageProps) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    heading.current?.focus();
  }, [title]);
  return (
    <main class="page">
      <div class="card">
        <span class={working ? "badge working" : "badge"}>
          <Icon name={icon} />
        </span>
        <h1 class="ds-heading" tabIndex={-1} ref={heading}>
          {title}
        </h1>
        {children}
      </div>
      <Help />
    </main>
  );
}

interface ButtonProps {
  readonly label: string;
  readonly icon?: IconName;
  readonly quiet?: boolean;
  readonly onPress: () => void;
}

/** A large button with a word, and an icon before it where there is one. */
export function BigButton({ label, icon, quiet = false, onPress }: ButtonProps) {
  return (
    <button type="button" class="ds-button big" {...(quiet ? { "data-variant": "secondary" } : {})} onClick={onPress}>
      {icon ? <Icon name={icon} /> : null}
      {label}
    </button>
  );
}
