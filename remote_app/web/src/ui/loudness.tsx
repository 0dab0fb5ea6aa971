import { t } from "../i18n";
import { loudness, stepped } from "../session/setting";
import { Control } from "./control";

/** How loud the person is in the room: the robot's figure, and what is asked of it meanwhile. */
export function Loudness() {
  const now = loudness.does;
  if (!now) return null;
  const wish = loudness.pending.value;
  const next = wish ?? now;
  const percent = Math.round(now.percent);
  const asking = wish !== null && wish.whisper !== now.whisper;
  const whisper = t(asking ? "choice.asking" : now.whisper ? "choice.yes" : "choice.no");
  const figure = t(percent ? "volume.now" : "volume.none", { percent });
  return (
    <section class="who">
      <h3 class="ds-heading">{t("volume.title")}</h3>
      <p role="status">{wish ? `${figure} (${t("choice.asking")})` : figure}</p>
      <span class="level" aria-hidden="true" style={{ width: "100%", height: "1rem" }}>
        <span class="level-bar" style={{ "--level": percent / 100 }} />
      </span>
      <div class="more-list">
        <Control icon="down" kind="softer" label={t("volume.lower")} onPress={() => loudness.choose(stepped(next, -1))} />
        <Control icon="up" kind="louder" label={t("volume.louder")} onPress={() => loudness.choose(stepped(next, 1))} />
      </div>
      <button
        type="button"
        role="switch"
        aria-checked={now.whisper}
        aria-label={t("choice.one", { label: t("volume.whisper"), now: whisper })}
        class="ds-button choice"
        {...(now.whisper ? {} : { "data-variant": "secondary" })}
        onClick={() => loudness.choose({ ...next, whisper: !next.whisper })}
      >
        <span>{t("volume.whisper")}</span> <strong>{whisper}</strong>
      </button>
      <p>{t("volume.note")}</p>
      <p class="sheet-word bad" role="status">
        {loudness.failing.value ? t("setting.failed") : ""}
      </p>
    </section>
  );
}
