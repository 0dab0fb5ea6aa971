import { useEffect, useState } from "preact/hooks";
import type { LinkRefused } from "../generated/wire";
import { t } from "../i18n";
import { opening } from "../store";
import { countdown, whenWords } from "../words/opening";
import { Page } from "./page";
import { TryButton } from "./trybutton";

const LOOK_EVERY_MS = 1000;

/** Before the meeting: whose it is, when it opens, and that it does so by itself. `inS` is how long from now. */
export function EarlyPage({ refused, at, inS }: { readonly refused: LinkRefused; readonly at: number; readonly inS: number }) {
  return (
    <Page icon="clock" title={t("early.title", { when: whenWords(at, at - inS) })} working>
      {refused.name ? <p class="hello">{t("join.hello", { name: refused.name })}</p> : null}
      <p>{[refused.course, refused.place].filter(Boolean).join(", ")}</p>
      <Left />
      <p>{t("link.not_yet.text")}</p>
      {refused.form ? (
        <a class="ds-button big" data-variant="secondary" href={location.href.replace("/j/", "/e/")}>
          {t("early.form")}
        </a>
      ) : null}
      <TryButton />
    </Page>
  );
}

/** Changes with the minute, and is read where it stands: a voice that counts aloud would disturb. */
function Left() {
  const words = (): string => {
    const { key, values } = countdown(((opening.peek()?.dueMs ?? 0) - performance.now()) / 1000);
    return t(key, values);
  };
  const [shown, show] = useState(words);
  useEffect(() => {
    const timer = setInterval(() => show(words()), LOOK_EVERY_MS);
    return () => clearInterval(timer);
  }, []);
  return <p class="left">{shown}</p>;
}
