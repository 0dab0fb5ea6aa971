import { t } from "../i18n";
import { trying } from "../store";
import { BigButton } from "./page";

/** To the page on which sound, microphone and line are tried. */
export function TryButton() {
  return <BigButton label={t("try.open")} icon="sound" quiet onPress={() => (trying.value = true)} />;
}
