import { useSignal } from "@preact/signals";
import { type EvaluationForm, type Result, ask, file, list } from "./api";
import { type Plan, act, allForms, plans } from "./desk";
import { Press } from "./form";
import { numbersOf, sharesOf } from "./shares";
import { t } from "./words";

/** How the course was used, which forms it asks, and what was answered. */
export function Evaluation({ plan: { course, forms } }: { readonly plan: Plan }) {
  const choose = (form: EvaluationForm, on: boolean): void =>
    void act(() => ask(on ? "PUT" : "DELETE", `/courses/${course.id}/forms/${form.id}`));
  const shown = plans.value ? allForms.value : forms;
  return (
    <section class="planning-card" aria-labelledby="evaluation-title">
      <h2 class="ds-heading" id="evaluation-title">
        {t("evaluation.title")}
      </h2>
      {plans.value ? (
        <>
          <a class="planning-link" href={file(`/courses/${course.id}/use/csv`)} download>
            {t("evaluation.use")}
          </a>
          <p>{t(shown.length > 0 ? "evaluation.note" : "evaluation.none")}</p>
        </>
      ) : (
        <p>{t(shown.length > 0 ? "evaluation.note_seen" : "evaluation.none_seen")}</p>
      )}
      <ul>
        {shown.map((form) => (
          <li key={form.id}>
            {plans.value ? (
              <label class="planning-check">
                <input
                  type="checkbox"
                  checked={forms.some((one) => one.id === form.id)}
                  onChange={(event) => choose(form, event.currentTarget.checked)}
                />
                {form.name}
              </label>
            ) : (
              <h3 class="ds-heading">{form.name}</h3>
            )}
            <p class="quiet">{t("evaluation.line", { moment: t(`moment.${form.moment}`), count: form.questions.length })}</p>
            <Answers course={course.id} form={form} />
          </li>
        ))}
      </ul>
      {plans.value ? <Import /> : null}
    </section>
  );
}

function Answers({ course, form }: { readonly course: string; readonly form: EvaluationForm }) {
  const shown = useSignal<readonly Result[] | null>(null);
  const at = `/courses/${course}/results`;
  const show = (): void =>
    void act(async () => (shown.value = await list<Result>(`${at}?form=${form.id}`)));
  const results = shown.value;
  return (
    <>
      <div class="planning-row">
        <Press
          label={t(results ? "evaluation.hide" : "evaluation.show")}
          name={t(results ? "evaluation.hide_of" : "evaluation.show_of", { name: form.name })}
          onPress={() => (results ? (shown.value = null) : show())}
        />
        <a class="planning-link" href={file(`${at}/csv?form=${form.id}`)} download aria-label={t("evaluation.csv_of", { name: form.name })}>
          {t("evaluation.csv")}
        </a>
        <a class="planning-link" href={exported(form)} download={`${form.name}.json`} aria-label={t("evaluation.export_of", { name: form.name })}>
          {t("evaluation.export")}
        </a>
      </div>
      {results?.map((result) => <Bars key={result.question} result={result} form={form} />)}
    </>
  );
}

/** The form as another service takes it. */
function exported({ name, language, moment, questions }: EvaluationForm): string {
  return `data:application/json,${encodeURIComponent(JSON.stringify({ name, language, moment, questions }, null, 2))}`;
}

/** A bar for each choice; open answers as they were written. A screen reader has each as words. */
function Bars({ result: { question, text, answers }, form }: { readonly result: Result; readonly form: EvaluationForm }) {
  const asked = form.questions.find((one) => one.id === question);
  const shares = asked && answers ? sharesOf(asked, answers) : null;
  const average = asked?.kind === "scale" && answers ? numbersOf(answers) : null;
  return (
    <div class="results">
      <h3 class="ds-heading">{text}</h3>
      {answers === null ? <p class="quiet">{t("evaluation.few")}</p> : null}
      {answers ? <p class="quiet">{t(average === null ? "evaluation.count" : "evaluation.average", { count: answers.length, average: average ?? "" })}</p> : null}
      {shares ? (
        <ul class="bars">
          {shares.map(({ choice, count, share }) => (
            <li key={choice}>
              <span>{choice}</span>
              <progress class="bar" value={share} max={1} aria-hidden="true" />
              <span>{count}</span>
            </li>
          ))}
        </ul>
      ) : null}
      {asked?.kind === "words" && answers ? (
        <ul>
          {answers.map((answer, index) => (
            <li key={index}>{answer}</li>
          ))}
        </ul>
      ) : null}
    </div>
  );
}

function Import() {
  const take = async (input: HTMLInputElement): Promise<void> => {
    const chosen = input.files?.[0];
    if (!chosen) return;
    const text = await chosen.text();
    await act(async () => {
      let form: unknown;
      try {
        form = JSON.parse(text);
      } catch {
        form = {}; // the service says what is missing
      }
      await ask("POST", "/forms", form as object);
    });
    input.value = "";
  };
  return (
    <div class="planning-field">
      <label class="ds-label" for="form-file">
        {t("evaluation.import")}
      </label>
      <input
        class="ds-input"
        id="form-file"
        type="file"
        accept="application/json,.json"
        onChange={(event) => void take(event.currentTarget)}
      />
    </div>
  );
}
