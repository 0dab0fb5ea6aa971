import { useEffect, useRef } from "preact/hooks";
import { t } from "../i18n";
import type { Session } from "../session/session";
import type { Side } from "../view/geometry";
import { Icon } from "./icon";

const STEP_DEG = 10;
const HOLD_FROM_MS = 450; // a slow tap is still one step
const REPEAT_MS = 220; // 45 degrees a second: the room can be followed by eye
const CLICK_OF_PRESS_MS = 1500; // a click this soon after a press on the same button belongs to it

const STEPS = {
  left: { pan: -STEP_DEG, tilt: 0 },
  right: { pan: STEP_DEG, tilt: 0 },
  up: { pan: 0, tilt: STEP_DEG },
  down: { pan: 0, tilt: -STEP_DEG },
} as const;

const KEYS: Readonly<Record<string, Side>> = {
  ArrowLeft: "left",
  ArrowRight: "right",
  ArrowUp: "up",
  ArrowDown: "down",
};

function step(session: Session, side: Side): void {
  session.steering.step(STEPS[side], performance.now());
}

/** Steps at once when pressed and again while held; a click without a press (keyboard, switch) is one step. */
function ArrowButton({ side, session }: { readonly side: Side; readonly session: Session }) {
  const timer = useRef(0);
  const pressedAt = useRef(-Infinity);
  const release = (): void => clearTimeout(timer.current);
  const repeat = (pause: number): void => {
    timer.current = window.setTimeout(() => {
      step(session, side);
      repeat(REPEAT_MS);
    }, pause);
  };
  const press = (event: PointerEvent): void => {
    if (event.button !== 0) return;
    pressedAt.current = performance.now();
    release();
    step(session, side);
    repeat(HOLD_FROM_MS);
  };
  const click = (): void => {
    if (performance.now() - pressedAt.current > CLICK_OF_PRESS_MS) step(session, side);
    pressedAt.current = -Infinity;
  };
  useEffect(() => release, []);
  return (
    <button
      type="button"
      class={`arrow ${side}`}
      aria-label={t(`room.look.${side}`)}
      onPointerDown={press}
      onPointerUp={release}
      onPointerLeave={release}
      onPointerCancel={release}
      onContextMenu={(event) => event.preventDefault()}
      onClick={click}
    >
      <Icon name={side} />
    </button>
  );
}

export function Arrows({ session }: { readonly session: Session }) {
  return (
    <div class="arrows" role="group" aria-label={t("room.turn")}>
      {(["left", "up", "down", "right"] as const).map((side) => (
        <ArrowButton key={side} side={side} session={session} />
      ))}
    </div>
  );
}

/** The keyboard's arrows turn the head, except while somebody writes. */
export function useArrowKeys(session: Session): void {
  useEffect(() => {
    let last = -Infinity;
    const pressed = (event: KeyboardEvent): void => {
      const side = KEYS[event.key];
      const writes = event.target instanceof HTMLTextAreaElement;
      if (!side || writes || event.altKey || event.ctrlKey || event.metaKey) return;
      event.preventDefault();
      if (event.repeat && event.timeStamp - last < REPEAT_MS) return;
      last = event.timeStamp;
      step(session, side);
    };
    window.addEventListener("keydown", pressed);
    return () => window.removeEventListener("keydown", pressed);
  }, [session]);
}
