import { useEffect, useRef } from "preact/hooks";
import { t } from "../i18n";
import type { Session } from "../session/session";
import { draft, speech, writing } from "../store";
import { Icon } from "./icon";

const MOST = 300; // the wire's limit for a sentence
const COUNT_FROM = 60; // earlier, the number would only disturb

function close(): void {
  writing.value = false;
  document.getElementById("write")?.focus();
}

/** A large field and *Si det*. What was written stays until the robot has taken it. */
export function WriteSheet({ session }: { readonly session: Session }) {
  const field = useRef<HTMLTextAreaElement>(null);
  useEffect(() => field.current?.focus(), []);
  const say = (event?: Event): void => {
    event?.preventDefault();
    const text = draft.value.trim();
    if (text && speech.value !== "asking") session.say(text);
    field.current?.focus();
  };
  const left = MOST - draft.value.length;
  return (
    <form
      class="sheet"
      aria-label={t("write.title")}
      onSubmit={say}
      onKeyDown={(event) => event.key === "Escape" && close()}
    >
      <div class="sheet-head">
        <label class="ds-label" for="sentence">
          {t("write.label")}
        </label>
        <button type="button" class="ds-button" data-variant="tertiary" onClick={close}>
          <Icon name="close" />
          {t("write.close")}
        </button>
      </div>
      <div class="sheet-body">
        <textarea
          id="sentence"
          class="ds-input"
          ref={field}
          rows={2}
          maxLength={MOST}
          enterkeyhint="send"
          autocomplete="off"
          value={draft.value}
          onInput={(event) => {
            draft.value = event.currentTarget.value;
            session.edited();
          }}
          onKeyDown={(event) => {
            if (event.key === "Enter" && !event.shiftKey && !event.isComposing) say(event);
          }}
        />
        <button type="submit" class="ds-button big">
          <Icon name="say" />
          {t("write.say")}
        </button>
      </div>
      <p class={speech.value === "failed" ? "sheet-word bad" : "sheet-word"} role="status">
        {speech.value === "quiet" ? "" : t(`write.${speech.value}`)}
      </p>
      {left <= COUNT_FROM ? <p class="sheet-word">{t("write.count", { left })}</p> : null}
    </form>
  );
}
