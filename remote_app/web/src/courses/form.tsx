import { type ComponentChildren, createContext } from "preact";
import { useContext, useEffect, useRef, useState } from "preact/hooks";
import { t } from "./words";

export type Values = (name: string) => string;
/** What is wrong, by the field's name; under "" what is about no field. */
export type Wrong = Readonly<Record<string, string>>;

const WrongFields = createContext<Wrong>({});

interface FormProps {
  readonly send: string;
  readonly label?: string;
  readonly keep?: boolean;
  readonly children: ComponentChildren;
  /** More buttons beside the one that sends. */
  readonly beside?: ComponentChildren;
  /** Whether it was done: then the fields are empty again, unless they are to be kept. Or what is wrong with them. */
  readonly onSend: (values: Values, all: FormData) => Promise<boolean | Wrong>;
}

type Control = HTMLInputElement | HTMLSelectElement;

const controls = (form: HTMLFormElement): readonly Control[] =>
  [...form.elements].filter((one) => one instanceof HTMLInputElement || one instanceof HTMLSelectElement);

/** What a browser finds wrong itself, in the page's own words. */
function wrongIn(form: HTMLFormElement): Wrong {
  const found = controls(form).filter((one) => !one.validity.valid || (one.required && !one.value.trim()));
  return Object.fromEntries(
    found.map((one) => [one.name, t(one.value.trim() || one.validity.badInput ? "wrong.odd" : "wrong.empty")]),
  );
}

/** A form with its button. While it is being sent a second press does nothing; what is wrong stands at its field. */
export function Form({ send, label, keep, children, beside, onSend }: FormProps) {
  const busy = useRef(false);
  const [wrong, say] = useState<Wrong>({});
  const refuse = (form: HTMLFormElement, found: Wrong): void => {
    const here = new Set(controls(form).map(({ name }) => name));
    const astray = Object.keys(found).filter((name) => !here.has(name));
    const rest = astray.map((name) => found[name]).join(" ");
    say({ ...found, ...(rest ? { "": rest } : {}) });
    controls(form).find(({ name }) => name in found)?.focus();
  };
  const submit = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    const form = event.currentTarget as HTMLFormElement;
    if (busy.current) return;
    const found = wrongIn(form);
    if (Object.keys(found).length > 0) return refuse(form, found);
    busy.current = true;
    say({});
    const data = new FormData(form);
    const sent = await onSend((name) => String(data.get(name) ?? "").trim(), data).finally(() => (busy.current = false));
    if (typeof sent !== "boolean") refuse(form, sent);
    else if (sent && !keep) form.reset();
  };
  const forget = ({ target }: Event): void => {
    const name = (target as Control).name;
    if (name in wrong) say(Object.fromEntries(Object.entries(wrong).filter(([key]) => key !== name)));
  };
  return (
    <form noValidate onSubmit={(event) => void submit(event as unknown as SubmitEvent)} onInput={forget} aria-label={label ?? send}>
      <WrongFields.Provider value={wrong}>
        <div class="planning-row planning-fields">{children}</div>
      </WrongFields.Provider>
      <p class="planning-wrong" role="alert">
        {wrong[""] ?? ""}
      </p>
      <div class="planning-row">
        <button type="submit" class="ds-button" data-variant="secondary">
          {send}
        </button>
        {beside}
      </div>
    </form>
  );
}

/** What is wrong with a field; `id` is where its control points to. */
function WrongHere({ id, name }: { readonly id: string; readonly name: string }) {
  const words = useContext(WrongFields)[name];
  return words ? (
    <p class="planning-wrong" id={`${id}-wrong`}>
      {words}
    </p>
  ) : null;
}

/** The attributes that say so to a screen reader. */
function useWrong(id: string, name: string): object {
  return useContext(WrongFields)[name] ? { "aria-invalid": "true", "aria-describedby": `${id}-wrong` } : {};
}

const YEARS = { min: "2000-01-01", max: "2199-12-31" }; // that the service takes

interface FieldProps {
  readonly id: string;
  readonly name: string;
  readonly label: string;
  readonly type?: "text" | "date" | "time" | "tel";
  readonly value?: string;
  readonly most?: number;
  readonly optional?: boolean;
}

export function Field({ id, name, label, type = "text", value, most = 120, optional }: FieldProps) {
  const wrong = useWrong(id, name);
  return (
    <div class="planning-field">
      <label class="ds-label" for={id}>
        {label}
      </label>
      <input
        class="ds-input"
        id={id}
        name={name}
        type={type as "text"}
        maxLength={most}
        autocomplete="off"
        required={!optional}
        {...(type === "date" ? YEARS : {})}
        {...wrong}
        {...(value === undefined ? {} : { defaultValue: value })}
      />
      <WrongHere id={id} name={name} />
    </div>
  );
}

interface ChoiceProps {
  readonly id: string;
  readonly name: string;
  readonly label: string;
  /** What is chosen until somebody chooses; the first if left out. */
  readonly value?: string;
  readonly choices: readonly (readonly [value: string, words: string])[];
}

export function Choice({ id, name, label, value, choices }: ChoiceProps) {
  const select = useRef<HTMLSelectElement>(null);
  const touched = useRef(false);
  useEffect(() => {
    if (value !== undefined && !touched.current && select.current) select.current.value = value;
  }, [value]);
  const wrong = useWrong(id, name);
  return (
    <div class="planning-field">
      <label class="ds-label" for={id}>
        {label}
      </label>
      <select class="ds-input" id={id} name={name} required ref={select} onChange={() => (touched.current = true)} {...wrong}>
        {choices.map(([one, words]) => (
          <option key={one} value={one}>
            {words}
          </option>
        ))}
      </select>
      <WrongHere id={id} name={name} />
    </div>
  );
}

interface ChecksProps {
  readonly id: string;
  readonly name: string;
  readonly label: string;
  readonly checked?: readonly string[];
  readonly none?: string;
  readonly choices: readonly (readonly [value: string, words: string])[];
}

/** Boxes to check, as many as one likes. */
export function Checks({ id, name, label, checked = [], none, choices }: ChecksProps) {
  const wrong = useWrong(id, name);
  return (
    <fieldset class="planning-checks" {...wrong}>
      <legend class="ds-label">{label}</legend>
      {choices.length === 0 && none ? <p>{none}</p> : null}
      {choices.map(([value, words]) => (
        <label class="planning-check" key={value}>
          <input type="checkbox" name={name} value={value} defaultChecked={checked.includes(value)} />
          {words}
        </label>
      ))}
      <WrongHere id={id} name={name} />
    </fieldset>
  );
}

interface PressProps {
  readonly label: string;
  /** What a screen reader says; it contains the word. */
  readonly name?: string;
  readonly kind?: "primary" | "secondary" | "tertiary";
  readonly onPress: () => void;
}

export function Press({ label, name, kind = "secondary", onPress }: PressProps) {
  return (
    <button type="button" class="ds-button" data-variant={kind} aria-label={name ?? label} onClick={onPress}>
      {label}
    </button>
  );
}
