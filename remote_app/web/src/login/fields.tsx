import { useSignal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import type { StaffInfo } from "../generated/wire";
import { type Problem, isProblem } from "./ask";
import { faultWords, t } from "./words";

interface FieldProps {
  readonly id: "name" | "login" | "password";
  readonly label: string;
  readonly complete: "name" | "username" | "username webauthn" | "current-password" | "new-password";
  readonly hint?: string;
  /** The form that it belongs to, where it does not stand in it. */
  readonly form?: string;
}

/** A field with its label, and what it wants to be told. */
export function Field({ id, label, complete, hint, form }: FieldProps) {
  return (
    <div class="field">
      <label class="ds-label" for={id}>
        {label}
      </label>
      {hint ? <p id={`${id}-hint`}>{hint}</p> : null}
      <input
        class="ds-input"
        id={id}
        name={id}
        {...(id === "password" ? { type: "password" as const } : { type: "text" as const })}
        autocomplete={complete}
        {...(form ? { form } : {})}
        autocapitalize="none"
        spellcheck={false}
        required
        aria-describedby={hint ? `${id}-hint said` : "said"}
      />
    </div>
  );
}

interface FormProps {
  readonly onCome: (staff: StaffInfo) => void;
  readonly id?: string;
  readonly send: string;
  readonly early: string;
  readonly ask: (values: (name: string) => string) => Promise<StaffInfo | Problem>;
  readonly children: ComponentChildren;
}

/** Asks, and says what is wrong above the button; whoever came in goes on. */
export function Form({ id, send, early, ask, onCome, children }: FormProps) {
  const said = useSignal(early);
  const busy = useSignal(false);
  const submit = async (form: HTMLFormElement): Promise<void> => {
    if (busy.value) return;
    busy.value = true;
    said.value = "";
    const data = new FormData(form);
    const answer = await ask((name) => String(data.get(name) ?? ""));
    busy.value = false;
    if (!isProblem(answer)) return onCome(answer);
    said.value = faultWords(answer.code);
    form.querySelector<HTMLInputElement>("#password")?.focus();
  };
  return (
    <form
      {...(id ? { id } : {})}
      class="code-form"
      onSubmit={(event) => {
        event.preventDefault();
        void submit(event.currentTarget);
      }}
    >
      {children}
      <p id="said" class="code-said" role="alert">
        {said.value}
      </p>
      <button type="submit" class="ds-button big" data-variant="primary">
        {busy.value ? t("login.sending") : send}
      </button>
    </form>
  );
}
