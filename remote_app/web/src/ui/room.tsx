import { t } from "../i18n";
import { unlockPicture } from "../session/picture";
import type { Session } from "../session/session";
import { hand, microphone, limitHit, phase, robot, soundBlocked, waitsLong, welcome, writing } from "../store";
import { statusWords } from "../words/status";
import { Arrows, useArrowKeys } from "./arrows";
import { Controls } from "./controls";
import { HeadMap } from "./headmap";
import { Icon } from "./icon";
import { BigButton, Help } from "./page";
import { QualityPill } from "./quality";
import { Stage } from "./stage";
import { WriteSheet } from "./write";

/** The room: picture, where the head looks, arrows, words, and the four things one can do. */
export function Room({ session }: { readonly session: Session }) {
  useArrowKeys(session);
  const place = welcome.value?.place ?? "";
  return (
    <main class="room">
      <h1 class="ds-sr-only">{t("title.room", { course: welcome.value?.course ?? "" })}</h1>
      <div class="view">
        <Stage session={session} label={t("room.picture", { place })} />
        <div class="overview">
          <p class="pill place">{place}</p>
          <QualityPill />
        </div>
        <HeadMap session={session} />
        {writing.value ? <WriteSheet session={session} /> : null}
      </div>
      <Arrows session={session} />
      <Break />
      <SoundBlocked />
      <div class="bar">
        <Status />
        <Controls session={session} />
      </div>
    </main>
  );
}

/** The line of words; a screen reader says what changes in it. */
function Status() {
  const [first, second] = statusWords({
    hand: hand.value,
    microphone: microphone.value.kind,
    robot: robot.value,
    limit: limitHit.value,
  });
  return (
    <div class="status" role="status">
      <p class={hand.value === "up" ? "status-first up" : "status-first"}>{first ? t(first) : ""}</p>
      {second ? <p>{t(second)}</p> : null}
    </div>
  );
}

/** Over the picture while the line is broken: what is the matter, and what is kept. */
function Break() {
  const now = phase.value;
  const broken = now === "reconnecting" || now === "blocked";
  const text = now === "blocked" ? "blocked.text" : hand.value === "down" ? "reconnecting.text" : "reconnecting.hand";
  return (
    <div class={broken ? "break shown" : "break"} role="status">
      {broken ? (
        <div class="break-card">
          <span class="badge working">
            <Icon name="again" />
          </span>
          <h2 class="ds-heading">{t(now === "blocked" ? "blocked.title" : "reconnecting.title")}</h2>
          <p>{t(text)}</p>
          {waitsLong.value ? <Help /> : null}
        </div>
      ) : null}
    </div>
  );
}

function SoundBlocked() {
  if (!soundBlocked.value || phase.value !== "room") return null;
  return (
    <div class="break shown" role="status">
      <div class="break-card">
        <h2 class="ds-heading">{t("sound.title")}</h2>
        <BigButton label={t("sound.button")} icon="sound" onPress={unlockPicture} />
      </div>
    </div>
  );
}
