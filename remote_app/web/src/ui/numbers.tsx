import { useEffect, useRef } from "preact/hooks";
import { t } from "../i18n";
import { numbersShown, robot } from "../store";
import { numberRows } from "../words/numbers";
import { Icon } from "./icon";
import { onEscape } from "./say";

function close(): void {
  numbersShown.value = false;
  document.getElementById("quality")?.focus();
}

/** The numbers behind the words, over the picture: for whoever helps over the telephone. */
export function NumbersSheet() {
  const button = useRef<HTMLButtonElement>(null);
  useEffect(() => button.current?.focus(), []);
  const quality = robot.value?.quality;
  return (
    <section class="sheet numbers" id="numbers" aria-labelledby="numbers-title" onKeyDown={onEscape(close)}>
      <div class="sheet-head">
        <h2 class="ds-label" id="numbers-title">
          {t("numbers.title")}
        </h2>
        <button type="button" class="ds-button" data-variant="tertiary" ref={button} onClick={close}>
          <Icon name="close" />
          {t("write.close")}
        </button>
      </div>
      <dl class="numbers-list">
        {quality
          ? numberRows(quality).map(({ label, value }) => (
              <div key={label}>
                <dt>{t(label)}</dt>
                <dd>{value}</dd>
              </div>
            ))
          : null}
      </dl>
      <p class="numbers-note">{t("numbers.note")}</p>
    </section>
  );
}
