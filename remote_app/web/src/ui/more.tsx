import { useEffect } from "preact/hooks";
import { t } from "../i18n";
import type { Session } from "../session/session";
import { gesture, gestureName, listening, listeningAsked, moreShown, robot } from "../store";
import { namesOf } from "../words/names";
import { gestureWords } from "../words/status";
import { Control } from "./control";
import { Sheet } from "./sheet";

/** What is not needed all the time: yes and no without words, and to be left in peace. */
export function MoreSheet({ session }: { readonly session: Session }) {
  useEffect(() => () => session.wishes.forgetGesture(), [session]);
  const words = gestureWords(gesture.value, gestureName.value);
  const inside = robot.value?.session;
  return (
    <Sheet name="more" title="room.more" shown={moreShown} opener="open-more">
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
      </div>
      <p class={gesture.value === "failed" ? "sheet-word bad" : "sheet-word"} role="status">
        {words ? t(words) : ""}
      </p>
      <p>{t(listening.value ? "more.listen.on" : "more.listen.off")}</p>
      {inside ? <p>{t("more.inside", { names: namesOf(inside) })}</p> : null}
    </Sheet>
  );
}
