import { useSignal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { Refusal, ask } from "./api";
import { differenceWords } from "./changewords";
import { act, attempt, said } from "./desk";
import { faultWords } from "./faults";
import { Form, Press, type Values, type Wrong } from "./form";
import { dayAndTime, t } from "./words";

const GONE = 404;
/** Keys of the API that another field of the page asks for. */
const FIELDS: Readonly<Record<string, string>> = { starts_at: "start", ends_at: "end", themes: "theme", sites: "site" };

/** A refusal at the field that it is about. */
export function wrongOf(refusal: Refusal): Wrong {
  const [key = ""] = (refusal.problem.key ?? "").split(".");
  return { [FIELDS[key] ?? key]: faultWords(refusal) };
}

interface EditorProps<T> {
  /** As it is now. */
  readonly thing: T;
  /** The button's words, and with whose they are for a screen reader. */
  readonly label: string;
  readonly name: string;
  readonly fields: (base: T) => ComponentChildren;
  /** Sends what was typed about the version that it was typed about; or says what is wrong with it. Throws Refusal. */
  readonly onSend: (values: Values, all: FormData, base: T) => Promise<Wrong | undefined>;
  /** Something to know before it is changed; asked when the form opens, and again before it is sent. */
  readonly warn?: (base: T) => Promise<string>;
}

/** A thing's own form behind a button.
 *
 * What it began with is held until it is sent: when somebody was faster, it says who and what, what was typed stays,
 * and what was not touched becomes what stands there now. */
export function Editor<T extends { readonly version: string }>(props: EditorProps<T>) {
  const { thing, label, name } = props;
  const opened = useSignal(false);
  const part = useRef<HTMLDivElement>(null);
  const once = useRef(false);
  useEffect(() => {
    if (once.current) part.current?.querySelector<HTMLElement>("input, select, button")?.focus();
    once.current = true;
  }, [opened.value]);
  return (
    <div class={opened.value ? "planning-editor" : ""} ref={part}>
      {opened.value ? (
        <Opened {...props} thing={thing} shut={() => (opened.value = false)} />
      ) : (
        <Press label={label} name={name} kind="tertiary" onPress={() => (opened.value = true)} />
      )}
    </div>
  );
}

function Opened<T extends { readonly version: string }>(props: EditorProps<T> & { readonly shut: () => void }) {
  const { thing, name, fields, onSend, warn, shut } = props;
  const base = useSignal(thing);
  const faster = useSignal<Refusal | null>(null);
  const warning = useSignal("");
  useEffect(() => {
    warn?.(base.value).then((words) => (warning.value = words), () => undefined); // asked again before it is sent
  }, []);
  useEffect(() => {
    if (faster.value) base.value = thing;
  }, [thing.version, faster.value]);
  const send = async (values: Values, all: FormData): Promise<boolean | Wrong> => {
    let wrong: Wrong | undefined;
    const refusal = await attempt(async () => {
      const words = (await warn?.(base.value)) ?? "";
      if (words && words !== warning.value) wrong = { "": t("warn.again") };
      warning.value = words;
      wrong ??= await onSend(values, all, base.value);
    });
    if (refusal?.status === GONE) said.value = t("fault.gone");
    if (refusal?.changedMeanwhile) {
      faster.value = refusal;
      return false;
    }
    if (refusal) return wrongOf(refusal);
    if (wrong) return wrong;
    shut();
    return true;
  };
  return (
    <>
      <p class="planning-warning" role="alert">
        {warning.value}
      </p>
      <div role="alert">{faster.value ? <Faster refusal={faster.value} /> : null}</div>
      <Form send={t("editor.save")} label={name} keep onSend={send} beside={<Press label={t("editor.cancel")} kind="tertiary" onPress={shut} />}>
        {fields(base.value)}
      </Form>
    </>
  );
}

/** Who was faster, and what stands there now. */
function Faster({ refusal: { problem } }: { readonly refusal: Refusal }) {
  const part = useRef<HTMLDivElement>(null);
  useEffect(() => part.current?.focus(), [problem]);
  const { facts, changes } = problem;
  const when = facts?.["at"] ? dayAndTime(facts["at"]) : "";
  const who = facts?.["name"] || t("edit.somebody");
  return (
    <div class="planning-warning" tabIndex={-1} ref={part}>
      <p>{facts?.["you"] ? t("conflict.you", { when }) : t("conflict.who", { who, when })}</p>
      {changes?.map((one) => <p key={one.key}>{differenceWords(one)}</p>)}
      <p>{t("conflict.kept")}</p>
    </div>
  );
}

/** Removes a thing; the notice that follows has *Angre*. */
export function Remove({ at, what }: { readonly at: string; readonly what: string }) {
  return (
    <Press
      label={t("editor.remove")}
      name={t("editor.remove_what", { what })}
      kind="tertiary"
      onPress={() => void act(() => ask("DELETE", at))}
    />
  );
}
