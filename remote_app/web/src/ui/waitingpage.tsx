import { t } from "../i18n";
import type { Session } from "../session/session";
import { companion, microphone, waitedS, welcome } from "../store";
import { waitedWords } from "../words/waited";
import { Level } from "./controls";
import { BigButton, Page } from "./page";

/** Before the course leader has let the person in: who is told, what happens next, how long it has been. */
export function WaitingPage({ session }: { readonly session: Session }) {
  const waited = waitedWords(waitedS.value);
  const names = { name: welcome.value?.name ?? "", companion: companion.value };
  return (
    <Page icon="door" title={t("waiting.title")} working>
      <p>{t(companion.value ? "waiting.seen_both" : "waiting.seen", names)}</p>
      <p>{t("waiting.text")}</p>
      <p class="hello">{t(waited.key, { minutes: waited.minutes })}</p>
      {microphone.value.kind === "on" ? (
        <p class="note">
          <Level session={session} />
          {t("waiting.microphone")}
        </p>
      ) : null}
      <BigButton label={t("waiting.leave")} icon="leave" quiet onPress={() => session.leave()} />
    </Page>
  );
}
