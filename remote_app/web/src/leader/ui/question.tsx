import { useLayoutEffect, useRef } from "preact/hooks";
import { t } from "../words";
import { Press } from "./press";

interface Props {
  readonly text: string;
  readonly yes: string;
  /** The id of the button that asked. */
  readonly opener: string;
  readonly onYes: () => void;
  readonly onNo: () => void;
}

/** Before something that hurts. The keyboard begins at *Nei*, and goes back where it came from. */
export function Question({ text, yes, opener, onYes, onNo }: Props) {
  const box = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    const it = box.current;
    it?.querySelector<HTMLElement>(".no")?.focus();
    return () => {
      if (it?.contains(document.activeElement)) requestAnimationFrame(() => document.getElementById(opener)?.focus());
    };
  }, []);
  return (
    <div
      class="question"
      role="group"
      aria-label={text}
      ref={box}
      onKeyDown={(event) => event.key === "Escape" && onNo()}
    >
      <p>{text}</p>
      <div class="presses">
        <Press label={yes} kind="primary" danger onPress={onYes} />
        <button type="button" class="ds-button press no" data-variant="secondary" onClick={onNo}>
          {t("answer.no")}
        </button>
      </div>
    </div>
  );
}
