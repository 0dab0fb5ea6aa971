import { t } from "../i18n";
import { numbersShown, phase, rescue, robot, toggleSheet } from "../store";
import { qualityWord } from "../words/quality";
import { Icon } from "./icon";

/** The connection in words, said aloud only when they change; a press shows the numbers behind them. */
export function QualityPill() {
  const quality = robot.value?.quality ?? null;
  const found = qualityWord(quality, rescue.value);
  const word = found === "sound_only" ? null : found; // sound alone has a card of its own
  const words = word ? t(`quality.${word}`) : "";
  return (
    <>
      <p class="ds-sr-only" role="status">
        {words}
      </p>
      {(quality || rescue.value) && phase.value === "room" ? (
        <button type="button" id="quality" class="pill quality" {...(words ? { "aria-label": words + t("quality.opens") } : {})} aria-expanded={numbersShown.value} onClick={() => toggleSheet(numbersShown)}>
          {word ? <span class={`lamp ${word}`} aria-hidden="true" /> : null}
          {words || t("numbers.title")}
        </button>
      ) : null}
    </>
  );
}

/** Whether the line carries sound alone: what is left on the screen is no view of the room. */
export function soundAlone(): boolean {
  return phase.value === "room" && qualityWord(robot.value?.quality ?? null, rescue.value) === "sound_only";
}

/** Over the last picture, when the line carries sound alone. */
export function SoundAlone() {
  const shown = soundAlone();
  return (
    <div class="break sound-alone" role="status">
      {shown ? (
        <div class="break-card">
          <span class="badge">
            <Icon name="sound" />
          </span>
          <h2 class="ds-heading">{t("sound_only.title")}</h2>
          <p>{t("sound_only.text")}</p>
        </div>
      ) : null}
    </div>
  );
}
