import type { ComponentChildren } from "preact";
import { useRef } from "preact/hooks";

type Values = (name: string) => string;

interface FormProps {
  readonly send: string;
  readonly label?: string;
  readonly keep?: boolean;
  readonly children: ComponentChildren;
  /** Whether it was done: then the fields are empty again, unless they are to be kept. */
  readonly onSend: (values: Values, all: FormData) => Promise<boolean>;
}

/** A form with its button. While it is being sent a second press does nothing. */
export function Form({ send, label, keep, children, onSend }: FormProps) {
  const busy = useRef(false);
  const submit = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    const form = event.currentTarget as HTMLFormElement;
    if (busy.current) return;
    busy.current = true;
    const data = new FormData(form);
    const done = await onSend((name) => String(data.get(name) ?? "").trim(), data).finally(() => (busy.current = false));
    if (done && !keep) form.reset();
  };
  return (
    <form onSubmit={(event) => void submit(event as unknown as SubmitEvent)} aria-label={label ?? send}>
      <div class="planning-row">
        {children}
        <button type="submit" class="ds-button" data-variant="secondary">
          {send}
        </button>
      </div>
    </form>
  );
}

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
        {...(value === undefined ? {} : { defaultValue: value })}
      />
    </div>
  );
}

interface ChoiceProps {
  readonly id: string;
  readonly name: string;
  readonly label: string;
  readonly choices: readonly (readonly [value: string, words: string])[];
}

export function Choice({ id, name, label, choices }: ChoiceProps) {
  return (
    <div class="planning-field">
      <label class="ds-label" for={id}>
        {label}
      </label>
      <select class="ds-input" id={id} name={name} required>
        {choices.map(([value, words]) => (
          <option key={value} value={value}>
            {words}
          </option>
        ))}
      </select>
    </div>
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
