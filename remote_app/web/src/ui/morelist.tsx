import { useEffect } from "preact/hooks";
import { t } from "../i18n";
import type { Session } from "../session/session";
import { gesture, gestureName, listening, listeningAsked, textsShown, toggleSheet } from "../store";
import { gestureWords } from "../words/gesture";
import { keepSettings } from "../session/setting";
import { Control } from "./control";
import { Loudness } from "./loudness";
import { Moods } from "./moods";
import { Help } from "./page";
import { Who } from "./who";
import { wide } from "./wide";

/** What to do when something is wrong, whom to call, and the way out. */
function Aid({ session }: { readonly session: Session }) {
  return (
    <section class="who">
      <h3 class="ds-heading">{t("aid.title")}</h3>
      <p>{t("aid.text")}</p>
      <Help />
      <Control icon="leave" kind="leave" label={t("aid.leave")} onPress={() => session.leave()} />
    </section>
  );
}

/** Yes and no without words, to be left in peace, how one is heard and seen, who is inside, and help. */
export function MoreList({ session }: { readonly session: Session }) {
  useEffect(() => {
    keepSettings((action) => session.wishes.ask(action));
    return () => session.wishes.forgetGesture();
  }, [session]);
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
      <Loudness />
      <Moods />
      <Who session={session} />
      <Aid session={session} />
    </>
  );
}
