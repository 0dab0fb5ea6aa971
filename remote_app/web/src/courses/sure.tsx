import { useSignal } from "@preact/signals";
import { useEffect, useId, useRef } from "preact/hooks";
import { Press } from "./form";
import { t } from "./words";

interface SureProps {
  readonly label: string;
  /** What a screen reader says; it contains the label. */
  readonly name?: string;
  /** What is lost, and how long it can be undone. */
  readonly question: string;
  readonly yes?: string;
  readonly onYes: () => void;
}

/** A button that asks once more before it removes something. The keyboard goes to the answer, and back to the button. */
export function Sure({ label, name, question, yes, onYes }: SureProps) {
  const asked = useSignal(false);
  const part = useRef<HTMLDivElement>(null);
  const once = useRef(false);
  const id = useId();
  useEffect(() => {
    if (once.current) part.current?.querySelector<HTMLElement>("button:last-of-type")?.focus();
    once.current = true;
  }, [asked.value]);
  const answer = (): void => {
    asked.value = false;
    onYes();
  };
  if (!asked.value) {
    return (
      <div class="planning-row" ref={part}>
        <Press label={label} name={name ?? label} kind="tertiary" onPress={() => (asked.value = true)} />
      </div>
    );
  }
  return (
    <div class="planning-sure" role="group" aria-labelledby={id} ref={part}>
      <p id={id}>{question}</p>
      <div class="planning-row">
        <Press label={yes ?? t("sure.yes")} onPress={answer} />
        <Press label={t("sure.no")} onPress={() => (asked.value = false)} />
      </div>
    </div>
  );
}
