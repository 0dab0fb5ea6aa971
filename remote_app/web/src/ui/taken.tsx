import type { ComponentChildren } from "preact";
import { useRef } from "preact/hooks";
import { t } from "../i18n";
import type { Session } from "../session/session";
import { beside, holder, robot, welcome } from "../store";
import { holderWords, isFree } from "../words/busy";
import { Failure } from "./failure";
import { BigButton } from "./page";

interface Props {
  readonly how: "busy" | "replaced";
  readonly session: Session;
  readonly children: ComponentChildren;
}

/** To see and hear while the other tablet of the seat goes on steering. */
export function BesideButton() {
  return <BigButton label={t("beside.join")} icon="people" onPress={() => (beside.value = "came")} />;
}

/** Somebody else has the robot: who, since when, and that it can be taken over; or that it is free again. */
export function Taken({ how, session, children }: Props) {
  const state = robot.value;
  const id = state?.session?.id ?? "";
  const ours = welcome.value?.session ?? "";
  const words = useRef({ id: "none yet", ...holderWords(null, "", "", 0) });
  // told once for each who comes: counted anew with each heartbeat, the minute would waver
  if (words.current.id !== id) words.current = { id, ...holderWords(state, ours, holder.value, Date.now()) };
  if (isFree(state)) {
    return (
      <Failure icon="people" title={t("busy.free.title")} what={t("busy.free.text")}>
        <BigButton label={t("busy.free.enter")} icon="door" onPress={() => session.enterFree()} />
        {children}
      </Failure>
    );
  }
  const { who, since } = words.current;
  return (
    <Failure icon="people" title={t(`${how}.title`)} what={t(`${how}.text`, { holder: who, since })}>
      {state?.session?.seat === welcome.value?.seat ? <BesideButton /> : null}
      <BigButton label={t(`${how}.take`)} quiet onPress={() => session.takeOver()} />
      <p>{t("busy.note")}</p>
      {children}
    </Failure>
  );
}
