import { t } from "../i18n";
import { late } from "../parts";
import type { Session } from "../session/session";
import { draft, lines, textLate } from "../store";
import { Coming } from "./coming";
import { Icon } from "./icon";
import { TextLog } from "./textlog";

export function goToField(): void {
  requestAnimationFrame(() => document.getElementById("sentence")?.focus()); // after the sheet has taken the focus
}

/** Text that comes in, as soon as the part that shows it is here. */
export function Texts({ session }: { readonly session: Session }) {
  const here = late.here.value;
  return here ? <here.TextOver session={session} /> : null;
}

/** To the leader alone: the line is done, and the field empty. */
export function sendLine(session: Session): void {
  if (draft.value.trim() === "") return goToField();
  session.texts.finish(); // before the field is emptied, which else would erase the line
  draft.value = "";
}

/** What stands above or below the field: the log, whether it gets through, what is seen by whom, and the phrases. */
export function TextParts({ session }: { readonly session: Session }) {
  const here = late.here.value;
  const words = { log: t("text.log"), you: t("text.you"), writing: t("text.writing") };
  return (
    <div class="text-parts">
      <TextLog lines={lines.value} writer={session.texts.writer} words={words} />
      <p class="text-late" role="status">
        {textLate.value ? t("text.late") : ""}
      </p>
      <p class="text-note">{t("text.note")}</p>
      <button type="button" class="ds-button" data-variant="secondary" onClick={() => sendLine(session)}>
        <Icon name="write" />
        {t("text.send")}
      </button>
      {here ? <here.Phrases session={session} /> : <Coming part={late} />}
    </div>
  );
}
