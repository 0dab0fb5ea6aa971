import { useSignal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { Languages } from "../ui/language";
import { type Asked, type Form, askForms, sendAnswers } from "./ask";
import { type Draft, type Keep, type Place, keepOn } from "./keep";
import { Field } from "./fields";
import { t } from "./words";

const AGAIN_MS = 10_000; // without a network there is nothing else to wait for

function shelf(): Storage | null {
  try {
    return window.localStorage;
  } catch {
    return null; // a browser that keeps nothing
  }
}

const keep = keepOn(shelf());

type Shown = "asking" | "refused" | "offline" | Asked;

/** The whole page: the forms of a link, one after the other, one question at a time. */
export function AnswerPage({ token }: { readonly token: string }) {
  const shown = useSignal<Shown>("asking");
  const unsent = useSignal(0);
  const later = useSignal(false);
  const lost = useSignal(false);
  const thanks = useSignal(false);
  const sendAll = async (): Promise<void> => {
    for (const place of keep.waiting()) {
      const sent = await sendAnswers(place.token, { id: place.form, meeting: place.meeting }, keep.get(place).answers);
      if (sent === "later") continue;
      if (place.token === token) (sent === "kept" ? thanks : lost).value = true;
      keep.drop(place);
    }
    unsent.value = keep.waiting().length;
  };
  const look = async (): Promise<void> => {
    await sendAll();
    if (typeof shown.value === "object" && unsent.value === 0) return; // nothing is asked anew under somebody's hands
    const answer = await askForms(token);
    if (typeof shown.value !== "object") shown.value = answer ?? "offline";
  };
  useEffect(() => {
    void look();
    const timer = window.setInterval(() => {
      if (unsent.value > 0 || typeof shown.value !== "object") void look();
    }, AGAIN_MS);
    const online = (): void => void look();
    window.addEventListener("online", online);
    return () => {
      window.clearInterval(timer);
      window.removeEventListener("online", online);
    };
  }, []);
  const finish = (place: Place, draft: Draft): void => {
    keep.put(place, { ...draft, finished: true });
    thanks.value = true;
    unsent.value = keep.waiting().length;
    void sendAll();
    const now = shown.value;
    if (typeof now === "object") {
      shown.value = { ...now, forms: now.forms.filter((form) => form.id !== place.form || form.meeting !== place.meeting) };
    }
  };
  const asked = shown.value;
  return (
    <main class="page">
      <Languages label={t("language.choose")} />
      <div class="card form-card">
        {asked === "asking" ? <Heading text={t("asking.title")} /> : null}
        {asked === "offline" ? <Said title={t("offline.title")} text={t("offline.text")} /> : null}
        {asked === "refused" ? <Said title={t("refused.title")} text={t("refused.text")} /> : null}
        {typeof asked !== "object" ? null : asked.forms[0] && !later.value ? (
          <OneForm
            key={`${asked.forms[0].id}/${asked.forms[0].meeting}`}
            form={asked.forms[0]}
            course={asked.course}
            place={{ token, form: asked.forms[0].id, meeting: asked.forms[0].meeting }}
            keep={keep}
            onDone={finish}
            onLater={() => (later.value = true)}
          />
        ) : (
          <End token={token} how={lost.value ? "lost" : unsent.value > 0 ? "unsent" : thanks.value ? "thanks" : later.value ? "later" : "nothing"} />
        )}
      </div>
      {typeof asked === "object" && asked.telephone ? (
        <a class="help-call" href={`tel:${asked.telephone.replace(/[^+\d]/g, "")}`}>
          {t("help.call", { telephone: asked.telephone })}
        </a>
      ) : null}
    </main>
  );
}

/** A heading that is read aloud when its screen comes. */
export function Heading({ text, id, lang }: { readonly text: string; readonly id?: string; readonly lang?: string }) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    heading.current?.focus();
    document.title = text;
  }, [text]);
  return (
    <h1 class="ds-heading" tabIndex={-1} ref={heading} {...(id ? { id } : {})} {...(lang ? { lang } : {})}>
      {text}
    </h1>
  );
}

function Said({ title, text, children }: { readonly title: string; readonly text: string; readonly children?: ComponentChildren }) {
  return (
    <>
      <Heading text={title} />
      <p>{text}</p>
      {children}
    </>
  );
}

function End({ token, how }: { readonly token: string; readonly how: "lost" | "unsent" | "thanks" | "later" | "nothing" }) {
  return (
    <Said title={t(`end.${how}.title`)} text={t(`end.${how}.text`)}>
      <a class="ds-button big" data-variant="secondary" href={`/j/${encodeURIComponent(token)}${location.search}`}>
        {t("end.back")}
      </a>
    </Said>
  );
}

interface OneFormProps {
  readonly form: Form;
  readonly course: string;
  readonly place: Place;
  readonly keep: Keep;
  readonly onDone: (place: Place, draft: Draft) => void;
  readonly onLater: () => void;
}

/** A form: what it is, its questions, and sending it. It goes on where somebody left it. */
function OneForm({ form, course, place, keep, onDone, onLater }: OneFormProps) {
  const draft = useSignal(keep.get(place));
  const begun = useSignal(false);
  const turn = (next: Draft): void => {
    keep.put(place, next);
    draft.value = next;
  };
  const { at, answers } = draft.value;
  const question = form.questions[at];
  const goTo = (next: number): void => turn({ ...draft.value, at: next });
  const back = at > 0 ? <Button quiet label={t("question.back")} onPress={() => goTo(at - 1)} /> : null;
  if (!begun.value) {
    return (
      <>
        <p class="hello">{course}</p>
        <Said title={form.name} text={t(`begin.${form.moment}`)}>
          <p>{t("begin.how", { count: form.questions.length })}</p>
          <p>{t("begin.nobody")}</p>
          <Button label={t(at > 0 ? "begin.go_on" : "begin.go")} onPress={() => (begun.value = true)} />
          <Button quiet label={t("begin.later")} onPress={onLater} />
        </Said>
      </>
    );
  }
  if (!question) {
    const count = Object.keys(answers).length;
    return (
      <Said title={t("send.title")} text={t("send.text", { count, all: form.questions.length })}>
        <Button label={t("send.go")} onPress={() => onDone(place, draft.value)} />
        {back}
      </Said>
    );
  }
  const { [question.id]: value, ...others } = answers;
  const write = (given: number | string): void =>
    turn({ ...draft.value, answers: given === "" ? others : { ...answers, [question.id]: given } });
  return (
    <>
      <p class="hello">{t("question.which", { number: at + 1, all: form.questions.length })}</p>
      <progress class="form-progress" max={form.questions.length} value={at + 1} aria-hidden="true" />
      <Heading key={question.id} id="question" text={question.text} lang={form.language} />
      <Field key={`field-${question.id}`} question={question} lang={form.language} value={value} onWrite={write} />
      <div class="form-ways">
        {value === undefined ? (
          <Button quiet label={t("question.skip")} onPress={() => goTo(at + 1)} />
        ) : (
          <Button label={t("question.next")} onPress={() => goTo(at + 1)} />
        )}
        {back}
      </div>
    </>
  );
}

function Button({ label, quiet = false, onPress }: { readonly label: string; readonly quiet?: boolean; readonly onPress: () => void }) {
  return (
    <button type="button" class="ds-button big" data-variant={quiet ? "secondary" : "primary"} onClick={onPress}>
      {label}
    </button>
  );
}
