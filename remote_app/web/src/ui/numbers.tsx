import { t } from "../i18n";
import { numbersShown, rescue, robot } from "../store";
import { numberRows, rescueRows } from "../words/numbers";
import { Sheet } from "./sheet";

/** The numbers behind the words, over the picture: for whoever helps over the telephone. */
export function NumbersSheet() {
  const quality = robot.value?.quality;
  const rows = rescue.value ? rescueRows(rescue.value) : quality ? numberRows(quality) : [];
  return (
    <Sheet name="numbers" title="numbers.title" shown={numbersShown} opener="quality">
      <dl class="numbers-list">
        {rows.map(({ label, value }) => (
          <div key={label}>
            <dt>{t(label)}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
      <p class="numbers-note">{t("numbers.note")}</p>
    </Sheet>
  );
}
