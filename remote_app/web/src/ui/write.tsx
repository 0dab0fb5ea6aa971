import { useEffect } from "preact/hooks";
import { t } from "../i18n";
import type { Session } from "../session/session";
import { speech, writing } from "../store";
import { speechWords } from "../words/status";
import { Count, SayForm, onEscape } from "./say";
import { SheetHead } from "./sheethead";
import { Status } from "./status";
import { TextParts } from "./texts";

function close(): void {
  writing.value = false;
  document.getElementById("write")?.focus();
}

/** Over the picture of a screen that is not wide: a large field and *Si det*. */
export function WriteSheet({ session }: { readonly session: Session }) {
  const words = speechWords(speech.value);
  return (
    <div class="sheet" onKeyDown={onEscape(close)}>
      <SheetHead onClose={close}>
        <label class="ds-label" for="sentence">
          {t("write.label")}
        </label>
      </SheetHead>
      <SayForm session={session} focus />
      <p class={speech.value === "failed" ? "sheet-word bad" : "sheet-word"} role="status">
        {words ? t(words) : ""}
      </p>
      <Count />
      <TextParts session={session} />
    </div>
  );
}

/** In the bar of a wide screen, always: one line of words, and below it the field and *Si det*. */
export function WriteBar({ session }: { readonly session: Session }) {
  const focus = writing.peek(); // somebody wrote in the sheet, and turned the tablet
  useEffect(() => {
    writing.value = false;
  }, []);
  const leave = (): void => (document.activeElement as HTMLElement | null)?.blur();
  return (
    <div class="talk" onKeyDown={onEscape(leave)}>
      <div class="talk-line">
        <Status withSpeech />
        <Count />
      </div>
      <label class="ds-sr-only" for="sentence">
        {t("write.label")}
      </label>
      <SayForm session={session} focus={focus} placeholder={t("write.placeholder")} />
    </div>
  );
}
