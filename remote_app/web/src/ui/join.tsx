import { useEffect, useRef } from "preact/hooks";
import type { LinkInfo } from "../generated/wire";
import { t } from "../i18n";
import type { Session } from "../session/session";
import { PREPARED_FRESH_MS } from "../session/timing";
import { joining, openedByItself } from "../store";
import { CompanionField } from "./companion";
import { Icon } from "./icon";
import { Languages } from "./language";
import { BigButton, Help, Page } from "./page";
import { TryButton } from "./trybutton";

/** Whose course this is, and one button. */
export function Join({ info, session }: { readonly info: LinkInfo; readonly session: Session }) {
  useEffect(() => {
    void session.prepare();
    const again = setInterval(() => void session.prepare(), PREPARED_FRESH_MS);
    return () => clearInterval(again);
  }, [session]);
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    if (openedByItself.value) heading.current?.focus(); // what took the place of the countdown is read aloud
  }, []);
  return (
    <main class="page">
      <Languages label={t("language.choose")} />
      <div class="card join">
        <p class="hello">{t("join.hello", { name: info.name })}</p>
        <h1 class="ds-heading" tabIndex={-1} ref={heading}>
          {info.course}
        </h1>
        <p>{t("join.place", { place: info.place })}</p>
        <CompanionField />
        <BigButton label={t("join.button")} icon="door" onPress={() => void session.join()} />
        {info.present ? null : (
          <p class="note">
            <Icon name="asleep" />
            {t("join.robot_off")}
          </p>
        )}
        <TryButton />
        <ul class="promises">
          <li>
            <Icon name="eye" />
            {t("join.see")}
          </li>
          <li>
            <Icon name="ear" />
            {t("join.heard")}
          </li>
          <li>
            <Icon name="unseen" />
            {t("join.unseen")}
          </li>
          <li>
            <Icon name="microphone" />
            {t("join.microphone")}
          </li>
        </ul>
      </div>
      <Help />
    </main>
  );
}

/** What is happening between the tap and the room, in words. */
export function Joining({ session }: { readonly session: Session }) {
  return (
    <Page icon={joining.value === "microphone" ? "microphone" : "robot"} title={t("joining.title")} working>
      <p role="status">{t(`joining.${joining.value}`)}</p>
      <BigButton label={t("cancel")} quiet onPress={() => session.leave()} />
    </Page>
  );
}
