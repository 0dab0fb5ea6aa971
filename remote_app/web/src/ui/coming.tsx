import { useEffect } from "preact/hooks";
import { t } from "../i18n";
import type { Part } from "../session/part";

/** Stands in the place of a part that is still on its way, or did not come. */
export function Coming<T>({ part }: { readonly part: Part<T> }) {
  const missing = part.missing.value;
  useEffect(() => part.fetch(), [part]);
  return (
    <div class="coming">
      <p role="status">{t(missing ? "part.missing" : "part.coming")}</p>
      {missing ? (
        <button type="button" class="ds-button" data-variant="secondary" onClick={() => part.again()}>
          {t("part.again")}
        </button>
      ) : null}
    </div>
  );
}
