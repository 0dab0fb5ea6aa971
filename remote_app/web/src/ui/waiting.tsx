import { useEffect } from "preact/hooks";
import { t } from "../i18n";
import { before } from "../parts";
import type { Session } from "../session/session";
import { BigButton, Page } from "./page";

/** Before the course leader has let the person in; the whole of the page once the part for it is here. */
export function Waiting({ session }: { readonly session: Session }) {
  useEffect(() => before.fetch(), []);
  const here = before.here.value;
  if (here) return <here.WaitingPage session={session} />;
  return (
    <Page icon="door" title={t("waiting.title")} working>
      <p>{t("waiting.text")}</p>
      <BigButton label={t("waiting.leave")} icon="leave" quiet onPress={() => session.leave()} />
    </Page>
  );
}
