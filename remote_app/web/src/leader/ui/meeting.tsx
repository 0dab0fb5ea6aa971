import { useState } from "preact/hooks";
import type { Desk } from "../desk";
import { inside } from "../meeting";
import { board } from "../store";
import { t } from "../words";
import { Modes } from "./modes";
import { Press } from "./press";
import { Question } from "./question";

/** What concerns every robot of the leader at once; what reaches into several rooms is asked first. */
export function Meeting({ desk }: { readonly desk: Desk }) {
  const now = board.value;
  const [asked, ask] = useState(false);
  if (!now?.robots.some(({ present }) => present)) return null;
  return (
    <section class="meeting" aria-labelledby="meeting-title">
      <h2 class="ds-heading" id="meeting-title">
        {t("meeting.title")}
      </h2>
      <Modes desk={desk} />
      <div class="presses">
        <Press label={t("meeting.end")} icon="leave" id="meeting-end" onPress={() => ask(true)} />
      </div>
      {asked ? (
        <Question
          text={t("meeting.end.question", { inside: inside(now) })}
          yes={t("meeting.end.yes")}
          opener="meeting-end"
          onYes={() => {
            ask(false);
            desk.endMeeting();
          }}
          onNo={() => ask(false)}
        />
      ) : null}
    </section>
  );
}
