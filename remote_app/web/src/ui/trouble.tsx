import type { LinkRefused } from "../generated/wire";
import { t } from "../i18n";
import type { NoMicrophone } from "../session/microphone";
import type { Phase } from "../session/phase";
import type { Session } from "../session/session";
import { holder, link, welcome } from "../store";
import { Early } from "./early";
import { BigButton, Page } from "./page";

export function RefusedLink({ refused }: { readonly refused: LinkRefused }) {
  const { fault } = refused;
  if (fault === "not_yet") return <Early refused={refused} />;
  return (
    <Page icon={fault === "expired" ? "clock" : "broken"} title={t(`link.${fault}.title`)}>
      <p>{t(`link.${fault}.text`)}</p>
    </Page>
  );
}

export function Unreachable() {
  return (
    <Page icon="offline" title={t("link.unreachable.title")} working>
      <p>{t("link.unreachable.text")}</p>
    </Page>
  );
}

export function TooOld() {
  return (
    <Page icon="tablet" title={t("too_old.title")}>
      <p>{t("too_old.text")}</p>
    </Page>
  );
}

export function NoMicrophonePage({ why, session }: { readonly why: NoMicrophone; readonly session: Session }) {
  return (
    <Page icon="muted" title={t(`microphone.${why}.title`)}>
      <p>{t(`microphone.${why}.text`)}</p>
      <BigButton label={t("microphone.again")} icon="again" onPress={() => void session.join()} />
      <BigButton label={t("microphone.without")} icon="door" quiet onPress={() => void session.joinSilently()} />
      <p>{t("microphone.without.note")}</p>
    </Page>
  );
}

function place(): string {
  const answer = link.value;
  return welcome.value?.place ?? (typeof answer === "object" && answer.type === "link_info" ? answer.place : "");
}

export type Trouble = Exclude<Phase, "idle" | "joining" | "room" | "reconnecting" | "blocked">;

/** Every reason that keeps a person out of the room after the tap; each with what happens next. */
export function TroublePage({ phase, session }: { readonly phase: Trouble; readonly session: Session }) {
  const leave = <BigButton label={t("room.leave")} icon="leave" quiet onPress={() => session.leave()} />;
  const takeOver = (): void => session.takeOver();
  switch (phase) {
    case "robot_off":
      return (
        <Page icon="asleep" title={t("robot_off.title")} working>
          <p>{t("robot_off.text", { place: place() })}</p>
          {leave}
        </Page>
      );
    case "private":
      return (
        <Page icon="lock" title={t("private.title")} working>
          <p>{t("private.text")}</p>
          {leave}
        </Page>
      );
    case "busy":
      return (
        <Page icon="people" title={t("busy.title")}>
          <p>{t("busy.text", { holder: holder.value || t("busy.unknown") })}</p>
          <BigButton label={t("busy.take")} onPress={takeOver} />
          <p>{t("busy.note")}</p>
          {leave}
        </Page>
      );
    case "replaced":
    case "elsewhere":
      return (
        <Page icon={phase === "replaced" ? "people" : "tablet"} title={t(`${phase}.title`)}>
          <p>{t(`${phase}.text`)}</p>
          <BigButton label={t(`${phase}.take`)} onPress={takeOver} />
          {leave}
        </Page>
      );
    case "no_network":
      return (
        <Page icon="offline" title={t("no_network.title")} working>
          <p>{t("no_network.text")}</p>
          {leave}
        </Page>
      );
    case "failed":
      return (
        <Page icon="warning" title={t("failed.title")}>
          <p>{t("failed.text")}</p>
          <BigButton label={t("failed.again")} icon="again" onPress={takeOver} />
          {leave}
        </Page>
      );
    case "left":
      return (
        <Page icon="leave" title={t("left.title")}>
          <p>{t("left.text")}</p>
          <BigButton label={t("left.again")} icon="door" onPress={() => void session.join()} />
        </Page>
      );
  }
}
