import { t } from "../i18n";
import { robot } from "../store";
import { qualityWord } from "../words/quality";

/** The connection in words; said aloud only when it changes. */
export function QualityPill() {
  const word = qualityWord(robot.value?.quality ?? null);
  return (
    <p class="pill quality" role="status">
      {word ? (
        <>
          <span class={`lamp ${word}`} aria-hidden="true" />
          {t(`quality.${word}`)}
        </>
      ) : null}
    </p>
  );
}
