import { useLayoutEffect, useRef } from "preact/hooks";
import { MOST_CHARS } from "../../session/text";
import { TextLog } from "../../ui/textlog";
import { stateOf } from "../../words/text";
import { type TextDesk, type TextShown, isOpen, textDesk, texts } from "../textstore";
import { t } from "../words";
import { Press } from "./press";

interface RobotProps {
  readonly robot: string;
}

/** *Skriv til …*, as long as there is no panel for it. */
export function WritePress({ robot }: RobotProps) {
  const shown = texts.value[robot];
  if (!shown || isOpen(shown)) return null;
  return <Press label={t("text.label", { name: shown.name })} icon="write" onPress={() => textDesk.value?.open(robot)} />;
}

/** The text to and from one robot's person: what was written, what is being written, and a field. */
export function TextPanel({ robot }: RobotProps) {
  const desk = textDesk.value;
  const shown = texts.value[robot];
  if (!desk || !shown) return null;
  return (
    <>
      {isOpen(shown) ? <Panel key={shown.session} robot={robot} shown={shown} desk={desk} /> : null}
      <div class="ds-sr-only" role="log" aria-live="polite" aria-relevant="additions">
        {shown.news.map((line) => (
          <p key={stateOf(line)}>{t("text.said", { name: line.name, text: line.text })}</p>
        ))}
      </div>
    </>
  );
}

interface PanelProps extends RobotProps {
  readonly shown: TextShown;
  readonly desk: TextDesk;
}

function Panel({ robot, shown, desk }: PanelProps) {
  const { name } = shown;
  const words = { log: t("text.log", { name }), you: t("text.you"), writing: t("text.writing") };
  const field = useRef<HTMLTextAreaElement>(null);
  useLayoutEffect(() => {
    if (shown.wanted) field.current?.focus(); // the button that was pressed is gone
  }, [shown.wanted]);
  const id = `text-${robot}`;
  const send = (event: Event): void => {
    event.preventDefault();
    if (shown.draft.trim() !== "") desk.finish(robot);
  };
  return (
    <section class="text-panel" aria-label={t("text.title", { name })}>
      <TextLog lines={shown.lines} writer={desk.writer} words={words} />
      <form class="text-form" onSubmit={send}>
        <label class="ds-label" for={id}>
          {t("text.label", { name })}
        </label>
        <textarea
          id={id}
          class="ds-input"
          ref={field}
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
