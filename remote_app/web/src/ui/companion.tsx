import { t } from "../i18n";
import { keepCompanion } from "../session/companion";
import { companion } from "../store";

const MOST = 60;

/** Who sits beside the person: a nurse, a daughter. May stay empty, and is remembered on this tablet. */
export function CompanionField() {
  return (
    <div class="field">
      <label class="ds-label" for="companion">
        {t("companion.label")}
      </label>
      <input
        id="companion"
        class="ds-input"
        type="text"
        autocomplete="off"
        autocapitalize="words"
        enterkeyhint="done"
        maxLength={MOST}
        aria-describedby="companion-hint"
        value={companion.value}
        onInput={(event) => (companion.value = event.currentTarget.value)}
        onChange={keepCompanion}
        onKeyDown={(event) => {
          if (event.key === "Enter" && !event.isComposing) event.currentTarget.blur(); // the keyboard goes, nobody goes in
        }}
      />
      <p id="companion-hint">{t("companion.hint")}</p>
    </div>
  );
}
