import { type Key, t } from "../i18n";

/** What to do, one step after the other: a text of the dictionary with a step in each line. */
export function Steps({ of }: { readonly of: Key }) {
  return (
    <ol class="steps">
      {t(of)
        .split("\n")
        .map((step) => (
          <li key={step}>{step}</li>
        ))}
    </ol>
  );
}
