import { useRef } from "preact/hooks";
import { t } from "../i18n";
import { before } from "../parts";
import type { Session } from "../session/session";
import { link, trying } from "../store";
import { Coming } from "./coming";
import { BigButton, Page } from "./page";

function isOpen(): boolean {
  return typeof link.value === "object" && link.value.type === "link_info";
}

/** Sound, microphone and line, one after the other; nobody else hears or sees anything of it. */
export function Try({ session }: { readonly session: Session }) {
  const here = before.here.value;
  const open = isOpen();
  const wasOpen = useRef(open);
  return (
    <Page icon="sound" title={t("try.title")}>
      <p>{t("try.text")}</p>
      {here ? <here.Tryout token={session.token} /> : <Coming part={before} />}
      <p role="status">{open && !wasOpen.current ? t("try.opened") : ""}</p>
      <BigButton label={t(open ? "try.join" : "try.back")} quiet={!open} onPress={() => (trying.value = false)} />
    </Page>
  );
}
