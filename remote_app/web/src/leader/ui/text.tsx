import { MOST_CHARS } from "../../session/text";
import { TextLog } from "../../ui/textlog";
import { stateOf } from "../../words/text";
import { textDesk, texts } from "../textstore";
import { t } from "../words";

/** The text to and from one robot's person: what was written, what is being written, and a field. */
export function TextPanel({ robot }: { readonly robot: string }) {
  const desk = textDesk.value;
  const shown = texts.value[robot];
  if (!desk || !shown) return null;
  const { name } = shown;
  const words = { log: t("text.log", { name }), you: t("text.you"), writing: t("text.writing") };
  const title = `text-${robot}`;
  const send = (event: Event): void => {
    event.preventDefault();
    if (shown.draft.trim() !== "") desk.finish(robot);
  };
  return (
    <section class="text-panel" aria-labelledby={title}>
      <h3 class="ds-heading" id={title}>
        {t("text.title", { name })}
      </h3>
      <TextLog lines={shown.lines} writer={desk.writer} words={words} />
      <div class="ds-sr-only" role="log" aria-live="polite" aria-relevant="additions">
        {shown.news.map((line) => (
          <p key={stateOf(line)}>{t("text.said", { name: line.name, text: line.text })}</p>
        ))}
      </div>
      <form class="text-form" onSubmit={send}>
        <label class="ds-label" for={`${title}-field`}>
          {t("text.label", { name })}
        </label>
        <textarea
          id={`${title}-field`}
          class="ds-input"
          rows={2}
          maxLength={MOST_CHARS}
          autocomplete="off"
          value={shown.draft}
          onInput={(event) => desk.write(robot, event.currentTarget.value)}
          onKeyDown={(event) => {
            if (event.key === "Enter" && !event.shiftKey && !event.isComposing) send(event);
          }}
        />
        <button type="submit" class="ds-button" data-variant="secondary">
          {t("text.send")}
        </button>
      </form>
      <p class="text-late" role="status">
        {shown.late ? t("text.late") : ""}
      </p>
      <p class="text-note">{t("text.note", { name })}</p>
    </section>
  );
}
