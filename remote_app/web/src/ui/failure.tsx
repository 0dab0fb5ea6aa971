import type { ComponentChildren } from "preact";
import type { Key } from "../i18n";
import { t } from "../i18n";
import type { NoMicrophone } from "../session/microphone";
import { thisBrowser } from "../session/browser";
import { Icon, type IconName } from "./icon";
import { Page } from "./page";
import { Steps } from "./steps";

interface Props {
  readonly icon: IconName;
  readonly title: string;
  /** What happened. */
  readonly what: string;
  /** What the person can do, one step after the other. */
  readonly steps?: Key | null;
  /** What goes on without them. */
  readonly goesOn?: Key;
  /** The buttons. */
  readonly children?: ComponentChildren;
}

/** A page for what does not work: what happened, what to do, what goes on by itself, and whom to call. */
export function Failure({ icon, title, what, steps = null, goesOn, children }: Props) {
  return (
    <Page icon={icon} title={title} working={goesOn !== undefined}>
      <p>{what}</p>
      {steps ? <Steps of={steps} /> : null}
      {goesOn ? (
        <p class="note">
          <Icon name="again" />
          {t(goesOn)}
        </p>
      ) : null}
      {children}
    </Page>
  );
}

/** The way to a microphone in this browser; null where there is none that a person could go. */
export function microphoneSteps(why: NoMicrophone): Key | null {
  return why === "insecure" ? null : `microphone.${why}.${thisBrowser()}`;
}
