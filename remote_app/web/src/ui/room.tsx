import { t } from "../i18n";
import { unlockPicture } from "../session/picture";
import { late } from "../parts";
import type { Session } from "../session/session";
import { hand, moreShown, numbersShown, phase, relay, robot, soundBlocked, waitsLong, welcome, writing } from "../store";
import { blockedWords } from "../words/blocked";
import { Arrows, useArrowKeys } from "./arrows";
import { Controls } from "./controls";
import { Faults } from "./faults";
import { HeadMap } from "./headmap";
import { Icon } from "./icon";
import { MoreSheet } from "./more";
import { BigButton, Help } from "./page";
import { NumbersSheet } from "./numbers";
import { Places, PlacesOpener } from "./places";
import { QualityPill, SoundAlone } from "./quality";
import { Sharp, SharpButton } from "./sharp";
import { Stage } from "./stage";
import { Status } from "./status";
import { Texts } from "./texts";
import { wide } from "./wide";
import { WriteBar, WriteSheet } from "./write";

/** The room: picture, where the head looks, arrows, words, and what one can do. */
export function Room({ session }: { readonly session: Session }) {
  useArrowKeys(session);
  const place = welcome.value?.place ?? "";
  return (
    <main class={wide.value ? "room wide" : "room"}>
      <h1 class="ds-sr-only">{t("title.room", { course: welcome.value?.course ?? "" })}</h1>
      <div class="view">
        <Stage session={session} label={t("room.picture", { place })} />
        <div class="overview">
          <p class="pill place">{place}</p>
          <QualityPill />
          <SharpButton session={session} />
          {late.here.value ? <late.here.value.Others session={session} /> : null}
        </div>
        <PlacesOpener />
        <HeadMap session={session} />
        <Places session={session} />
        {numbersShown.value && phase.value === "room" && !soundBlocked.value ? <NumbersSheet /> : null}
        {moreShown.value && phase.value === "room" ? <MoreSheet session={session} /> : null}
        {writing.value && !wide.value ? <WriteSheet session={session} /> : null}
        <Texts session={session} />
      </div>
      <Arrows session={session} />
      <Break />
      <SoundAlone />
      <SoundBlocked />
      <Faults />
      <div class="bar">
        {wide.value ? <WriteBar session={session} /> : <Status />}
        <Controls session={session} />
      </div>
      <Sharp session={session} />
    </main>
  );
}

/** Over the picture while the line is broken: what is the matter, and what is kept. */
function Break() {
  const now = phase.value;
  const broken = now === "reconnecting" || now === "blocked";
  const text =
    now === "blocked" ? blockedWords(relay.value, robot.value) : hand.value === "down" ? "reconnecting.text" : "reconnecting.hand";
  const helpless = now === "blocked" && text !== "blocked.text"; // the reason is known and lies where waiting may not help
  return (
    <div class="break" role="status">
      {broken ? (
        <div class="break-card">
          <span class="badge working">
            <Icon name="again" />
          </span>
          <h2 class="ds-heading">{t(now === "blocked" ? "blocked.title" : "reconnecting.title")}</h2>
          <p>{t(text)}</p>
          {waitsLong.value || helpless ? <Help /> : null}
        </div>
      ) : null}
    </div>
  );
}

function SoundBlocked() {
  if (!soundBlocked.value || phase.value !== "room") return null;
  return (
    <div class="break" role="status">
      <div class="break-card">
        <h2 class="ds-heading">{t("sound.title")}</h2>
        <BigButton label={t("sound.button")} icon="sound" onPress={unlockPicture} />
      </div>
    </div>
  );
}
