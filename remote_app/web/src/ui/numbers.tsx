import { useLayoutEffect, useRef } from "preact/hooks";
import { t } from "../i18n";
import { numbersShown, phase, rescue, robot } from "../store";
import { numberRows, rescueRows } from "../words/numbers";
import { onEscape } from "./say";
import { SheetHead } from "./sheethead";

function close(): void {
  numbersShown.value = false;
}

/** Where the keyboard goes on: at the button that opened the sheet, or at one that is always there. */
function giveFocusBack(): void {
  const opener = phase.value === "room" ? document.getElementById("quality") : null;
  (opener ?? document.querySelector<HTMLElement>(".controls button"))?.focus();
}

/** The numbers behind the words, over the picture: for whoever helps over the telephone. */
export function NumbersSheet() {
  const button = useRef<HTMLButtonElement>(null);
  const sheet = useRef<HTMLElement>(null);
  useLayoutEffect(() => {
    const shown = sheet.current;
    button.current?.focus();
    return () => shown?.contains(document.activeElement) && giveFocusBack();
  }, []);
  const quality = robot.value?.quality;
  const rows = rescue.value ? rescueRows(rescue.value) : quality ? numberRows(quality) : [];
  return (
    <section class="sheet numbers" id="numbers" ref={sheet} aria-labelledby="numbers-title" onKeyDown={onEscape(close)}>
      <SheetHead button={button} onClose={close}>
        <h2 class="ds-label" id="numbers-title">
          {t("numbers.title")}
        </h2>
      </SheetHead>
      <dl class="numbers-list">
        {rows.map(({ label, value }) => (
          <div key={label}>
            <dt>{t(label)}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
      <p class="numbers-note">{t("numbers.note")}</p>
    </section>
  );
}
