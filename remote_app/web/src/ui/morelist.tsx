import { useEffect } from "preact/hooks";
import { t } from "../i18n";
import type { Session } from "../session/session";
import { gesture, gestureName, listening, listeningAsked, textsShown, toggleSheet } from "../store";
import { gestureWords } from "../words/gesture";
import { Control } from "./control";
import { Who } from "./who";
import { wide } from "./wide";

/** Yes and no without words, to be left in peace, what is written, and who is inside. */
export function MoreList({ session }: { readonly session: Session }) {
  useEffect(() => () => session.wishes.forgetGesture(), [session]);
  const words = gestureWords(gesture.value, gestureName.value);
  return (
    <>
      <div class="more-list">
        <Control icon="yes" kind="nod" label={t("more.nod")} onPress={() => session.wishes.make("nod")} />
        <Control icon="close" kind="shake" label={t("more.shake")} onPress={() => session.wishes.make("shake")} />
        <Control
          icon="ear"
          kind={listeningAsked.value ? "listen pending" : "listen"}
          label={t("more.listen")}
          pressed={listening.value}
          onPress={() => session.wishes.toggleListening()}
        />
        {wide.value ? (
          <Control icon="write" kind="texts" label={t("text.open")} onPress={() => toggleSheet(textsShown)} />
        ) : null}
      </div>
      <p class={gesture.value === "failed" ? "sheet-word bad" : "sheet-word"} role="status">
        {words ? t(words) : ""}
      </p>
      <p>{t(listening.value ? "more.listen.on" : "more.listen.off")}</p>
      <Who session={session} />
    </>
  );
}
