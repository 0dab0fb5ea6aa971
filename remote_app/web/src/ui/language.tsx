import { LANGUAGES, type Language, language } from "../i18n";

/** To the same page in another language. */
export function Languages({ label }: { readonly label: string }) {
  return (
    <details class="languages">
      <summary class="language">{label}</summary>
      {(Object.keys(LANGUAGES) as Language[]).map((one) => (
        <a key={one} class="language" href={`?lang=${one}`} lang={one} hreflang={one} aria-current={one === language()}>
          {LANGUAGES[one]}
        </a>
      ))}
    </details>
  );
}
