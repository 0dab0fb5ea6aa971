import { useEffect, useRef } from "preact/hooks";
import type { LinkRefused } from "../../generated/wire";
import { Languages } from "../../ui/language";
import type { Desk } from "../desk";
import { announced, board, link, live, soundOn } from "../store";
import { dayAndTime, t } from "../words";
import { RobotCard } from "./card";
import { Icon, type IconName } from "./icon";
import { Meeting } from "./meeting";
import { Press } from "./press";
import { Queue } from "./queue";

interface AppProps {
  readonly desk: Desk;
}

export function App({ desk }: AppProps) {
  const answer = link.value;
  if (typeof answer === "object" && answer.type === "link_refused") return <Refused answer={answer} />;
  if (board.value) return <Leading desk={desk} />;
  if (answer === "unreachable") {
    return <Words icon="offline" title={t("link.unreachable.title")} texts={[t("link.unreachable.text")]} />;
  }
  return <Words icon="robot" title={t("link.asking")} />;
}

function Refused({ answer }: { readonly answer: LinkRefused }) {
  const { fault, telephone } = answer;
  if (fault === "not_yet") return <Early answer={answer} />;
  return <Words icon="warning" title={t(`link.${fault}.title`)} texts={[t(`link.${fault}.text`)]} telephone={telephone} />;
}

/** Before the meeting: whose link it is, when it opens, and that it does so by itself. */
function Early({ answer: { name, course, opens_at: at, telephone } }: { readonly answer: LinkRefused }) {
  const title = at === null ? t("link.not_yet.title") : t("link.not_yet.when", dayAndTime(at * 1000));
  const hello = name ? [t("leader.hello", { name })] : [];
  return <Words icon="clock" title={title} texts={[course, ...hello, t("link.not_yet.text")]} telephone={telephone} />;
}

interface WordsProps {
  readonly icon: IconName;
  readonly title: string;
  readonly texts?: readonly string[];
  readonly telephone?: string;
}

/** A page of words. Its heading is read aloud when it comes. */
function Words({ icon, title, texts = [], telephone }: WordsProps) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => heading.current?.focus(), [title]);
  return (
    <main class="page">
      <div class="card">
        <span class="badge">
          <Icon name={icon} />
        </span>
        <h1 class="ds-heading" tabIndex={-1} ref={heading}>
          {title}
        </h1>
        {texts.filter(Boolean).map((text) => (
          <p key={text}>{text}</p>
        ))}
      </div>
      {telephone ? <Call telephone={telephone} /> : null}
    </main>
  );
}

function Call({ telephone }: { readonly telephone: string }) {
  return (
    <a class="help-call" href={`tel:${telephone.replace(/[^+\d]/g, "")}`}>
      <Icon name="phone" />
      {t("help.call", { telephone })}
    </a>
  );
}

function Leading({ desk }: AppProps) {
  const now = board.value;
  if (!now) return null;
  return (
    <main class={live.value ? "leader" : "leader lost"}>
      <header class="leader-head">
        <div>
          <h1 class="ds-heading">{now.course}</h1>
          <p class="quiet">{t("leader.hello", { name: now.name })}</p>
        </div>
        <SoundSwitch desk={desk} />
      </header>
      <LineLost />
      <Announcer />
      <Queue desk={desk} />
      <div class="robots">
        {now.robots.length === 0 ? <p>{t("robots.none")}</p> : null}
        {now.robots.map((view) => (
          <RobotCard key={view.robot} view={view} desk={desk} />
        ))}
      </div>
      <Meeting desk={desk} />
      <footer class="leader-foot">
        {now.telephone ? <Call telephone={now.telephone} /> : null}
        {location.pathname === "/lead" ? (
          <>
            <a class="language" href="/courses">
              {t("leader.courses")}
            </a>
            <a class="language" href="/account">
              {t("account.open")}
            </a>
          </>
        ) : null}
        <Languages label={t("language.choose")} />
      </footer>
    </main>
  );
}

function SoundSwitch({ desk }: { readonly desk: Desk }) {
  return (
    <Press
      label={t(soundOn.value ? "sound.on" : "sound.off")}
      icon="sound"
      kind="tertiary"
      onPress={() => desk.toggleSound()}
    />
  );
}

function LineLost() {
  return (
    <div class="line-lost" role="status">
      {live.value ? null : (
        <p>
          <Icon name="offline" />
          <span>
            <strong>{t("line.lost")}</strong> {t("line.lost.note")}
          </span>
        </p>
      )}
    </div>
  );
}

/** For screen readers: each new hand and everybody who waits, once. */
function Announcer() {
  return (
    <div class="ds-sr-only announcer" role="log" aria-live="polite" aria-relevant="additions">
      {announced.value.map(({ number, key, values }) => (
        <p key={number}>{t(key, values)}</p>
      ))}
    </div>
  );
}
