import type { Signal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { type Key, t } from "../i18n";
import type { Session } from "../session/session";
import { hand, microphone, moreShown, phase, rescue, toggleSheet, writing } from "../store";
import { microphoneKind, voiceRoad } from "../words/status";
import { Control } from "./control";
import { Icon, type IconName } from "./icon";
import { wide } from "./wide";

/** What one can do, always in the same places. On a wide screen the field itself stands beside them. */
export function Controls({ session }: { readonly session: Session }) {
  return (
    <div class="controls" role="group" aria-label={t("room.controls")}>
      <HandControl session={session} />
      <MicrophoneControl session={session} />
      {wide.value ? null : <Opener id="write" icon="write" label="room.write" shown={writing} />}
      <Opener id="open-more" icon="more" label="room.more" shown={moreShown} />
      <Control icon="leave" kind="leave" label={t("room.leave")} onPress={() => session.leave()} />
    </div>
  );
}

/** The word says what a tap does; pressed says what the robot has confirmed. */
function HandControl({ session }: { readonly session: Session }) {
  const shown = hand.value;
  const wanted = shown === "up" || shown === "raising";
  const pending = shown === "raising" || shown === "lowering";
  return (
    <Control
      icon="hand"
      kind={pending ? "hand pending" : "hand"}
      label={t(wanted ? "hand.lower" : "hand.raise")}
      pressed={shown === "up" || shown === "lowering"}
      onPress={() => session.wishes.toggleHand()}
    />
  );
}

/** The state is drawn beside the level, not written: the button's name stays what its word says. Pressed is the
 * person's wish; "on" is only said where the sound has a way. */
function MicrophoneControl({ session }: { readonly session: Session }) {
  const kind = microphoneKind(microphone.value);
  const road = voiceRoad(phase.value, rescue.value);
  const word = kind !== "on" || road === "open" ? kind : road === "opening" ? "asking" : "unsent";
  return (
    <Control
      icon={word === "on" ? "microphone" : "muted"}
      kind="microphone"
      label={t("room.microphone")}
      pressed={kind === "on"}
      onPress={() => void session.voice.toggle()}
    >
      <span class="control-state" data-word={t(`room.microphone.${word}`)} aria-hidden="true">
        {word === "on" ? <Level session={session} /> : null}
      </span>
    </Control>
  );
}

const LEVEL_EVERY_MS = 66; // 15 times a second looks alive
const FALL = 0.75; // of the last level: the bar rises at once and sinks slowly, so that words are seen

/** A bar that moves when the microphone hears something. */
export function Level({ session }: { readonly session: Session }) {
  const bar = useRef<HTMLSpanElement>(null);
  useEffect(() => {
    let shown = 0;
    const timer = setInterval(() => {
      shown = Math.max(session.voice.level(), shown * FALL);
      const scale = `scaleX(${shown.toFixed(2)})`;
      if (bar.current && bar.current.style.transform !== scale) bar.current.style.transform = scale; // else all is drawn again
    }, LEVEL_EVERY_MS);
    return () => clearInterval(timer);
  }, [session]);
  return (
    <span class="level">
      <span class="level-bar" ref={bar} />
    </span>
  );
}

interface OpenerProps {
  readonly id: string;
  readonly icon: IconName;
  readonly label: Key;
  readonly shown: Signal<boolean>;
}

/** Opens a sheet, and closes it. */
function Opener({ id, icon, label, shown }: OpenerProps) {
  return (
    <button type="button" id={id} class="control" aria-expanded={shown.value} onClick={() => toggleSheet(shown)}>
      <Icon name={icon} />
      <span class="control-word">{t(label)}</span>
    </button>
  );
}
