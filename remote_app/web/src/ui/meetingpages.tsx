import type { ComponentChildren } from "preact";
import { t } from "../i18n";
import type { Session } from "../session/session";
import { welcome } from "../store";
import { Failure } from "./failure";
import { BigButton, Page } from "./page";

/** The room is private because there is a break, and opens by itself. */
export function BreakPage({ children }: { readonly children: ComponentChildren }) {
  return (
    <Failure icon="clock" title={t("break.title")} what={t("break.text")} goesOn="goes_on.private">
      {children}
    </Failure>
  );
}

/** The meeting is over. There is nothing to press: the link opens for the next one. */
export function OverPage() {
  return (
    <Page icon="leave" title={t("over.title")}>
      <p>{t("over.text")}</p>
      <p>{t("over.next", { course: welcome.value?.course ?? "" })}</p>
    </Page>
  );
}

/** The course leader said no, or ended the visit; the person may ask to come in. */
export function OutPage({ why, session }: { readonly why: "turned_down" | "ended"; readonly session: Session }) {
  return (
    <Page icon={why === "ended" ? "leave" : "clock"} title={t(`${why}.title`)}>
      <p>{t(`${why}.text`)}</p>
      <BigButton label={t(`${why}.again`)} icon="door" onPress={() => session.takeOver()} />
      <BigButton label={t("room.leave")} icon="leave" quiet onPress={() => session.leave()} />
    </Page>
  );
}
