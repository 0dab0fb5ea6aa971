import type { LinkRefused } from "../generated/wire";
import { t } from "../i18n";
import { late } from "../parts";
import { askLink } from "../session/link";
import type { NoMicrophone } from "../session/microphone";
import type { Phase } from "../session/phase";
import type { Session } from "../session/session";
import { thisBrowser } from "../session/browser";
import { link, robot, welcome } from "../store";
import { Early } from "./early";
import { Failure, microphoneSteps } from "./failure";
import { BigButton, Page } from "./page";
import { BesideButton, Taken } from "./taken";

export function RefusedLink({ refused }: { readonly refused: LinkRefused }) {
  const { fault } = refused;
  if (fault === "not_yet") return <Early refused={refused} />;
  return (
    <Failure
      icon={fault === "expired" ? "clock" : "broken"}
      title={t(`link.${fault}.title`)}
      what={t(`link.${fault}.text`)}
      steps={`link.${fault}.steps`}
    >
      <a class="ds-button" data-variant="secondary" href={`/${location.search}`}>
        {t("link.code")}
      </a>
    </Failure>
  );
}

export function Unreachable({ token }: { readonly token: string }) {
  return (
    <Failure
      icon="offline"
      title={t("link.unreachable.title")}
      what={t("link.unreachable.text")}
      steps="network.steps"
      goesOn="goes_on.tries"
    >
      <BigButton label={t("part.again")} icon="again" onPress={() => askLink(token)} />
    </Failure>
  );
}

export function TooOld() {
  return <Failure icon="tablet" title={t("too_old.title")} what={t("too_old.text")} steps={`too_old.${thisBrowser()}`} />;
}

export function NoMicrophonePage({ why, session }: { readonly why: NoMicrophone; readonly session: Session }) {
  return (
    <Failure
      icon="muted"
      title={t(`microphone.${why}.title`)}
      what={t(`microphone.${why}.text`)}
      steps={microphoneSteps(why)}
    >
      <BigButton label={t("microphone.again")} icon="again" onPress={() => void session.join()} />
      <BigButton label={t("microphone.without")} icon="door" quiet onPress={() => void session.joinSilently()} />
      <p>{t("microphone.without.note")}</p>
    </Failure>
  );
}

function place(): string {
  const answer = link.value;
  return welcome.value?.place ?? (typeof answer === "object" && answer.type === "link_info" ? answer.place : "");
}

type ElsewhereTold = "idle" | "joining" | "waiting" | "room" | "reconnecting" | "blocked" | "turned_down" | "ended" | "over";
export type Trouble = Exclude<Phase, ElsewhereTold>;

/** Every reason that keeps a person out of the room after the tap; each with what happens next. */
export function TroublePage({ phase, session }: { readonly phase: Trouble; readonly session: Session }) {
  const leave = <BigButton label={t("room.leave")} icon="leave" quiet onPress={() => session.leave()} />;
  const takeOver = (): void => session.takeOver();
  switch (phase) {
    case "robot_off":
      return (
        <Failure icon="asleep" title={t("robot_off.title")} what={t("robot_off.text", { place: place() })} goesOn="goes_on.robot">
          {leave}
        </Failure>
      );
    case "private":
      if (robot.value?.mode === "break" && late.here.value) return <late.here.value.BreakPage>{leave}</late.here.value.BreakPage>;
      return (
        <Failure icon="lock" title={t("private.title")} what={t("private.text")} goesOn="goes_on.private">
          {leave}
        </Failure>
      );
    case "busy":
    case "replaced":
      return (
        <Taken how={phase} session={session}>
          {leave}
        </Taken>
      );
    case "elsewhere":
      return (
        <Failure icon="tablet" title={t("elsewhere.title")} what={t("elsewhere.text")}>
          <BesideButton />
          <BigButton label={t("elsewhere.take")} quiet onPress={takeOver} />
          {leave}
        </Failure>
      );
    case "no_network":
      return (
        <Failure
          icon="offline"
          title={t("no_network.title")}
          what={t("no_network.text")}
          steps="network.steps"
          goesOn="goes_on.tries"
        >
          {leave}
        </Failure>
      );
    case "failed":
      return (
        <Failure icon="warning" title={t("failed.title")} what={t("failed.text")} steps="failed.steps">
          <BigButton label={t("failed.again")} icon="again" onPress={takeOver} />
          {leave}
        </Failure>
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
