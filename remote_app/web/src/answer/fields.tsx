import type { Question } from "./ask";
import { t } from "./words";

const MAX_WORDS = 2000; // as the service has it
const NUMBERS = Array.from({ length: 11 }, (_, number) => number);

interface FieldProps {
  readonly question: Question;
  readonly lang: string;
  readonly value: number | string | undefined;
  /** An empty text takes the answer away. */
  readonly onWrite: (value: number | string) => void;
}

/** Where one question is answered. Its name is the heading. */
export function Field({ question, lang, value, onWrite }: FieldProps) {
  if (question.kind === "words") return <Words value={String(value ?? "")} onWrite={onWrite} />;
  const choices: readonly (number | string)[] = question.kind === "scale" ? NUMBERS : question.choices;
  const ends = question.kind === "scale" && (question.low || question.high) ? question : null;
  return (
    <div class="form-field" role="radiogroup" aria-labelledby="question" {...(ends ? { "aria-describedby": "ends" } : {})}>
      <div class={`form-choices ${question.kind}`} lang={lang}>
        {choices.map((choice) => (
          <label key={choice} class="form-choice">
            <input type="radio" name={question.id} checked={value === choice} onChange={() => onWrite(choice)} />
            <span>{choice}</span>
          </label>
        ))}
      </div>
      {ends ? (
        <p id="ends" class="form-ends" lang={lang}>
          <span>0: {ends.low}</span> <span>10: {ends.high}</span>
        </p>
      ) : null}
    </div>
  );
}

function Words({ value, onWrite }: { readonly value: string; readonly onWrite: (value: string) => void }) {
  return (
    <div class="form-field">
      <label id="words-label" class="form-label" for="words">
        {t("question.words_label")}
      </label>
      <textarea
        id="words"
        class="ds-input form-words"
        rows={5}
        maxLength={MAX_WORDS}
        aria-labelledby="question words-label"
        aria-describedby="words-hint"
        value={value}
        onInput={(event) => onWrite(event.currentTarget.value)}
      />
      <p id="words-hint">{t("question.words_hint")}</p>
    </div>
  );
}
