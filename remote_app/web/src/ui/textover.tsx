import { useEffect } from "preact/hooks";
import type { TextLine } from "../generated/wire";
import { t } from "../i18n";
import type { Session } from "../session/session";
import { closeSheets, lines, phase, textNews, textRead, textsShown, writing } from "../store";
import { stateOf } from "../words/text";
import { tail, unread } from "../words/unread";
import { Icon } from "./icon";
import { Sheet } from "./sheet";
import { TextParts, goToField } from "./texts";
import { wide } from "./wide";

function answer(): void {
  closeSheets();
  if (wide.value) textsShown.value = true;
  else writing.value = true;
  goToField();
}

/** Text that comes in: over the picture until it is read, told aloud when it is done, and all of it in a sheet. */
export function TextOver({ session }: { readonly session: Session }) {
  const { writer } = session.texts;
  const open = wide.value ? textsShown.value : writing.value;
  const news = unread(lines.value, writer, textRead.value);
  useEffect(() => {
    if (open && news) textRead.value = stateOf(news);
  }, [open, news]);
  return (
    <>
      <Announcer />
      {open && wide.value ? <TextSheet session={session} /> : null}
      {news && !open && phase.value === "room" ? <TextNews line={news} /> : null}
    </>
  );
}

/** For screen readers: each finished line of others, once. Letters on their way are in the log, and silent. */
export function Announcer() {
  return (
    <div class="ds-sr-only" role="log" aria-live="polite" aria-relevant="additions">
      {textNews.value.map((line) => (
        <p key={stateOf(line)}>{t("text.said", { name: line.name, text: line.text })}</p>
      ))}
    </div>
  );
}

/** The leader's newest line as it is written, at the edge of the picture. It stays until the person has read it. */
function TextNews({ line }: { readonly line: TextLine }) {
  return (
    <section class="text-news" aria-label={t("text.from", { name: line.name })}>
      <p>
        <strong>{line.name}</strong>
        {line.done ? null : <span class="text-writing"> {t("text.writing")}</span>}
        <span class="text-words"> {tail(line.text)}</span>
      </p>
      <div class="text-presses">
        <button type="button" class="ds-button" data-variant="secondary" onClick={answer}>
          <Icon name="write" />
          {t("text.answer")}
        </button>
        <button
          type="button"
          class="ds-button"
          data-variant="tertiary"
          onClick={() => {
            textRead.value = stateOf(line);
          }}
        >
          <Icon name="yes" />
          {t("text.read")}
        </button>
      </div>
    </section>
  );
}

/** On a wide screen, where the field has its own place: what was written, and the phrases. */
function TextSheet({ session }: { readonly session: Session }) {
  return (
    <Sheet name="texts" title="text.title" shown={textsShown} opener="open-more">
      <TextParts session={session} />
    </Sheet>
  );
}
