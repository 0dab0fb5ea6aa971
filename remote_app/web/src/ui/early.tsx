import { useEffect, useState } from "preact/hooks";
import type { LinkRefused } from "../generated/wire";
import { t } from "../i18n";
import { opening } from "../store";
import { countdown, whenWords } from "../words/opening";
import { TryButton } from "./trybutton";
import { Page } from "./page";

const LOOK_EVERY_MS = 1000;

/** Before the meeting: whose it is, when it opens, and that it does so by itself. */
export function Early({ refused }: { readonly refused: LinkRefused }) {
  const { opens_at: at, opens_in_s: left } = refused;
  if (at === null || left === null) {
    return (
      <Page icon="clock" title={t("link.not_yet.title")} working>
        <p>{t("link.not_yet.text")}</p>
        <TryButton />
      </Page>
    );
  }
  return (
    <Page icon="clock" title={t("early.title", { when: whenWords(at, at - left) })} working>
      {refused.name ? <p class="hello">{t("join.hello", { name: refused.name })}</p> : null}
      <p>{[refused.course, refused.place].filter(Boolean).join(", ")}</p>
      <Left />
      <p>{t("link.not_yet.text")}</p>
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
