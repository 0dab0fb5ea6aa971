import { t } from "../i18n";
import { late } from "../parts";
import type { Session } from "../session/session";
import { MOST_CHARS } from "../session/text";
import { draft } from "../store";
import { Coming } from "./coming";
import { TextParts, sendLine } from "./texts";

/** What the seat and the leader write, read and written here too: two names, one seat. The robot says none of it. */
export function BesideText({ session }: { readonly session: Session }) {
  const here = late.here.value;
  if (!here) return <Coming part={late} />;
  return (
    <section class="beside-text" aria-labelledby="beside-text">
      <here.Announcer />
      <h2 class="ds-heading" id="beside-text">
        {t("text.title")}
      </h2>
      <label class="ds-label" for="sentence">
        {t("beside.write")}
      </label>
      <textarea
        id="sentence"
        class="ds-input"
        rows={2}
        maxLength={MOST_CHARS}
        enterkeyhint="send"
        autocomplete="off"
        value={draft.value}
        onInput={(event) => (draft.value = event.currentTarget.value)}
        onKeyDown={(event) => {
          if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
          event.preventDefault();
          sendLine(session);
        }}
      />
      <TextParts session={session} />
    </section>
  );
}
