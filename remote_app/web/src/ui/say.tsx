import { useEffect, useRef } from "preact/hooks";
import { t } from "../i18n";
import type { Session } from "../session/session";
import { draft, speech } from "../store";
import { Icon } from "./icon";

export const MOST_SAID = 300; // the wire's limit for a sentence
const COUNT_FROM = 60; // earlier, the number would only disturb

interface SayProps {
  readonly session: Session;
  readonly focus: boolean;
  readonly placeholder?: string;
}

/** The field and *Si det*. What was written stays until the robot has taken it. Its label stands where it is used. */
export function SayForm({ session, focus, placeholder }: SayProps) {
  const field = useRef<HTMLTextAreaElement>(null);
  useEffect(() => {
    if (focus) field.current?.focus();
  }, []);
  const say = (event: Event): void => {
    event.preventDefault();
    const text = draft.value.trim();
    if (!text) field.current?.focus();
    else if (speech.value !== "asking") session.wishes.say(text);
  };
  return (
    <form class="say" aria-label={t("write.title")} onSubmit={say}>
      <textarea
        id="sentence"
        class="ds-input"
        ref={field}
        rows={2}
        maxLength={MOST_SAID}
        enterkeyhint="send"
        autocomplete="off"
        placeholder={placeholder}
        value={draft.value}
        onInput={(event) => {
          draft.value = event.currentTarget.value;
          session.wishes.edited();
        }}
        onKeyDown={(event) => {
          if (event.key === "Enter" && !event.shiftKey && !event.isComposing) say(event);
        }}
      />
      {/* A press leaves the focus in the field: else the keyboard on the screen would fall and move the button away. */}
      <button type="submit" class="ds-button big" onMouseDown={(event) => event.preventDefault()}>
        <Icon name="say" />
        {t("write.say")}
      </button>
    </form>
  );
}

/** How much room is left, once it matters. */
export function Count() {
  const left = MOST_SAID - draft.value.length;
  return left <= COUNT_FROM ? <p class="say-count">{t("write.count", { left })}</p> : null;
}

/** Does `act` when somebody presses Escape, except to leave a word that is being composed. */
export function onEscape(act: () => void): (event: KeyboardEvent) => void {
  return (event) => {
    if (event.key === "Escape" && !event.isComposing) act();
  };
}
