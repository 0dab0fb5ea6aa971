import { useState } from "preact/hooks";
import type { Desk } from "../desk";
import { endOrders, isBreak } from "../meeting";
import { board } from "../store";
import { t } from "../words";
import { Press } from "./press";
import { Question } from "./question";

/** What concerns every robot of the leader at once; each is asked first, for it reaches into several rooms. */
export function Meeting({ desk }: { readonly desk: Desk }) {
  const now = board.value;
  const [asked, ask] = useState<"break" | "end" | null>(null);
  if (!now?.robots.some(({ present }) => present)) return null;
  const paused = isBreak(now);
  const close = (): void => ask(null);
  const turn = (): void => {
    close();
    desk.setBreak(!paused);
  };
  const end = (): void => {
    close();
    desk.endMeeting();
  };
  const inside = endOrders(now).length;
  return (
    <section class="meeting" aria-labelledby="meeting-title">
      <h2 class="ds-heading" id="meeting-title">
        {t("meeting.title")}
      </h2>
      {paused ? <p>{t("meeting.is_break")}</p> : null}
      <div class="presses">
        <Press
          label={t(paused ? "meeting.resume" : "meeting.break")}
          icon="lock"
          id="meeting-break"
          onPress={() => ask("break")}
        />
        <Press label={t("meeting.end")} icon="leave" id="meeting-end" onPress={() => ask("end")} />
      </div>
      {asked === "break" ? (
        <Question
          text={t(paused ? "meeting.resume.question" : "meeting.break.question")}
          yes={t(paused ? "meeting.resume.yes" : "meeting.break.yes")}
          opener="meeting-break"
          onYes={turn}
          onNo={close}
        />
      ) : null}
      {asked === "end" ? (
        <Question
          text={t("meeting.end.question", { inside })}
          yes={t("meeting.end.yes")}
          opener="meeting-end"
          onYes={end}
          onNo={close}
        />
      ) : null}
    </section>
  );
}
