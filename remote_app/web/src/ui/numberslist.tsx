import { t } from "../i18n";
import { rescue, robot } from "../store";
import { numberRows, rescueRows } from "../words/numbers";

/** The rows of numbers, and what they are for. */
export function NumbersList() {
  const quality = robot.value?.quality;
  const rows = rescue.value ? rescueRows(rescue.value) : quality ? numberRows(quality) : [];
  return (
    <>
      <dl class="numbers-list">
        {rows.map(({ label, value }) => (
          <div key={label}>
            <dt>{t(label)}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
      <p class="numbers-note">{t("numbers.note")}</p>
    </>
  );
}
