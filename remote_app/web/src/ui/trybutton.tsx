import { t } from "../i18n";
import { trying } from "../store";
import { Icon } from "./icon";

/** To the page on which sound, microphone and line are tried; smaller than what most people came for. */
export function TryButton() {
  return (
    <button type="button" class="ds-button" data-variant="secondary" onClick={() => (trying.value = true)}>
      <Icon name="sound" />
      {t("try.open")}
    </button>
  );
}
