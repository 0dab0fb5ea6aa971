import { language, t } from "../i18n";

/** To the same page in the other language. */
export function OtherLanguage() {
  const norwegian = language() === "nb";
  return (
    <a class="language" href={norwegian ? "?lang=en" : "?lang=nb"} lang={norwegian ? "en" : "nb"} hreflang={norwegian ? "en" : "nb"}>
      {t("language.other")}
    </a>
  );
}
