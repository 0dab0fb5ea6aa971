import { signal } from "@preact/signals";
import { useEffect, useRef, useState } from "preact/hooks";
import { type Key, t } from "../i18n";
import * as kept from "../session/phrases";
import type { Session } from "../session/session";
import { draft } from "../store";
import { Icon } from "./icon";
import { MOST_SAID } from "./say";

const FIXED = ["phrase.again", "phrase.hearing", "phrase.fine", "phrase.leaving"] as const satisfies readonly Key[];

const own = signal(kept.keptPhrases());

/** Sentences that somebody says often: a tap writes one in the field, from where *Si det* says it. */
export function Phrases({ session }: { readonly session: Session }) {
  const [removed, setRemoved] = useState<kept.Removed | null>(null);
  const [note, setNote] = useState<Key | null>(null);
  const undo = useRef<HTMLButtonElement>(null);
  const keeper = useRef<HTMLButtonElement>(null);
  useEffect(() => {
    if (removed) undo.current?.focus();
  }, [removed]);
  const fixed = FIXED.map((key) => t(key));
  const set = (phrases: readonly string[], word: Key | null): void => {
    own.value = phrases;
    setNote(kept.keepPhrases(phrases) ? word : "phrases.unkept");
  };
  const write = (phrase: string): void => {
    const next = kept.withPhrase(draft.value, phrase, MOST_SAID);
    setNote(next.includes(phrase) ? null : "phrases.no_room");
    draft.value = next;
    session.wishes.edited();
  };
  const keep = (): void => {
    const why = kept.whyNot(draft.value, own.value, fixed);
    setRemoved(null);
    if (why) setNote(`phrases.not.${why}`);
    else set([...own.value, kept.asPhrase(draft.value)], "phrases.kept");
  };
  const remove = (phrase: string): void => {
    setRemoved({ phrase, at: own.value.indexOf(phrase) });
    set(kept.without(own.value, phrase), null);
  };
  const restore = (): void => {
    if (removed) set(kept.putBack(own.value, removed), null);
    setRemoved(null);
    keeper.current?.focus();
  };
  return (
    <section class="phrases" aria-labelledby="phrases-title">
      <h2 class="ds-label" id="phrases-title">
        {t("phrases.title")}
      </h2>
      <ul>
        {[...fixed, ...own.value].map((phrase) => (
          <li key={phrase}>
            <button type="button" class="ds-button phrase" data-variant="secondary" onClick={() => write(phrase)}>
              {phrase}
            </button>
            {fixed.includes(phrase) ? null : <Remove phrase={phrase} onPress={() => remove(phrase)} />}
          </li>
        ))}
      </ul>
      {removed ? (
        <p class="phrases-undo" role="status">
          {t("phrases.removed", { phrase: removed.phrase })}
          <button type="button" class="ds-button" data-variant="secondary" ref={undo} onClick={restore}>
            {t("phrases.undo")}
          </button>
        </p>
      ) : null}
      <button type="button" class="ds-button" data-variant="tertiary" ref={keeper} onClick={keep}>
        <Icon name="yes" />
        {t("phrases.keep")}
      </button>
      <p class="sheet-word" role="status">
        {note ? t(note, { most: note === "phrases.not.long" ? kept.MOST_PHRASE_CHARS : kept.MOST_PHRASES }) : ""}
      </p>
      <p class="text-note">{t("phrases.note")}</p>
    </section>
  );
}

function Remove({ phrase, onPress }: { readonly phrase: string; readonly onPress: () => void }) {
  return (
    <button
      type="button"
      class="ds-button"
      data-variant="tertiary"
      aria-label={t("phrases.remove.name", { phrase })}
      onClick={onPress}
    >
      <Icon name="close" />
      {t("phrases.remove")}
    </button>
  );
}
