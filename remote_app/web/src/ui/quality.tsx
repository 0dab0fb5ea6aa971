import { t } from "../i18n";
import { phase, robot } from "../store";
import { qualityWord } from "../words/quality";
import { Icon } from "./icon";

/** The connection in words; said aloud only when it changes. Sound alone has a card of its own. */
export function QualityPill() {
  const found = qualityWord(robot.value?.quality ?? null);
  const word = found === "sound_only" ? null : found;
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

/** Whether the line carries sound alone: what is left on the screen is no view of the room. */
export function soundAlone(): boolean {
  return phase.value === "room" && qualityWord(robot.value?.quality ?? null) === "sound_only";
}

/** Over the last picture, when the line carries sound alone. */
export function SoundAlone() {
  const shown = soundAlone();
  return (
    <div class={shown ? "break sound-alone shown" : "break sound-alone"} role="status">
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
