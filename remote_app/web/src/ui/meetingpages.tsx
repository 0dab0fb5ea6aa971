import type { ComponentChildren } from "preact";
import { useEffect, useState } from "preact/hooks";
import { t } from "../i18n";
import type { Session } from "../session/session";
import { FORM_AGAIN_MS, FORM_TIMES } from "../session/timing";
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

/** Whether the course asks this place something, now that the meeting is over; without an answer it does not. The robot
 *  says that it is over before the store knows: it is asked again until then. */
function useAsked(): boolean {
  const [asked, setAsked] = useState(false);
  useEffect(() => {
    let timer = 0;
    let gone = false;
    const ask = async (times: number): Promise<void> => {
      const found = await fetch(location.pathname.replace("/j/", "/api/forms/"), { cache: "no-store" })
        .then((answer) => answer.json() as Promise<{ readonly forms?: readonly object[] }>)
        .then(({ forms }) => !!forms?.length, () => false);
      if (found) setAsked(true);
      else if (!gone && times > 1) timer = window.setTimeout(() => void ask(times - 1), FORM_AGAIN_MS);
    };
    void ask(FORM_TIMES);
    return () => {
      gone = true;
      clearTimeout(timer);
    };
  }, []);
  return asked;
}

/** The meeting is over. The link opens for the next one; until then there is at most a form to fill in. */
export function OverPage() {
  const asked = useAsked();
  return (
    <Page icon="leave" title={t("over.title")}>
      <p>{t("over.text")}</p>
      <p>{t("over.next", { course: welcome.value?.course ?? "" })}</p>
      {asked ? (
        <a class="ds-button big" data-variant="secondary" href={location.href.replace("/j/", "/e/")}>
          {t("over.form")}
        </a>
      ) : null}
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
