import { effect } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { picture, still } from "../session/picture";
import type { Session } from "../session/session";
import { goal, phase } from "../store";
import { Fingers } from "../view/fingers";
import { type Point, fit } from "../view/geometry";
import { soundAlone } from "./quality";

const MAY_HIDE = 0.25; // of the picture's width or height, so that it fills more of an upright screen

const FRAME_MS = 16;

const reduced = matchMedia("(prefers-reduced-motion: reduce)");

/** The room's picture. Tap: the head looks there. Drag: the view follows the finger. */
export function Stage({ session, label }: { readonly session: Session; readonly label: string }) {
  const stage = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const box = stage.current;
    if (!box) return undefined;
    picture.setAttribute("aria-label", label);
    box.append(picture, still);
    const stops = [layOut(box, session), pan(session), listen(box, session)];
    void picture.play().catch(() => undefined); // moving the element pauses it; a refusal shows as blocked sound
    return () => stops.forEach((stop) => stop());
  }, [session, label]);
  return <div class={phase.value === "room" && !soundAlone() ? "stage" : "stage dim"} ref={stage} />;
}

type Stop = () => void;

/** Draws the picture as large as the stage allows, in its own proportions. */
function layOut(box: HTMLElement, session: Session): Stop {
  const draw = (): void => {
    const { width, height } = session.steering.view;
    const stage = { width: box.clientWidth, height: box.clientHeight };
    const size = fit(stage, { width, height }, MAY_HIDE);
    for (const drawn of [picture, still]) {
      drawn.style.width = `${size.width}px`;
      drawn.style.height = `${size.height}px`;
      drawn.style.left = `${(stage.width - size.width) / 2}px`;
      drawn.style.top = `${(stage.height - size.height) / 2}px`;
    }
    session.steering.drawnAt(size);
  };
  const watch = new ResizeObserver(draw);
  watch.observe(box);
  draw();
  return () => watch.disconnect();
}

/** Pans the picture with the finger until the head has caught up; while both are at rest, nothing is drawn. */
function pan(session: Session): Stop {
  let last = 0;
  let request = 0;
  const draw = (at: number): void => {
    const offset = session.steering.frame(performance.now(), Math.max(at - last, 0), !reduced.matches);
    last = at;
    const move = offset ? `translate(${offset.x.toFixed(1)}px, ${offset.y.toFixed(1)}px)` : "";
    for (const shown of [picture, still]) if (shown.style.transform !== move) shown.style.transform = move;
    request = offset ? requestAnimationFrame(draw) : 0;
  };
  const stop = effect(() => {
    if (!goal.value || request) return;
    last = performance.now() - FRAME_MS; // else the first frame after a tap moves nothing
    request = requestAnimationFrame(draw);
  });
  return () => {
    stop();
    cancelAnimationFrame(request);
    picture.style.transform = still.style.transform = "";
  };
}

/** Hands on what fingers do, in the very event: a goal is on its way before anything of it is drawn. */
function listen(box: HTMLElement, session: Session): Stop {
  const fingers = new Fingers(session.steering);
  let middle: Point = { x: 0, y: 0 };
  const spot = (event: PointerEvent): Point => ({ x: event.clientX - middle.x, y: event.clientY - middle.y });
  const down = (event: PointerEvent): void => {
    if (event.button !== 0) return;
    const { left, top, width, height } = box.getBoundingClientRect(); // once: asking waits for the layout
    middle = { x: left + width / 2, y: top + height / 2 };
    box.setPointerCapture(event.pointerId);
    fingers.press(event.pointerId, spot(event), event.isPrimary);
  };
  const move = (event: PointerEvent): void => fingers.move(event.pointerId, spot(event), performance.now());
  const end = (event: PointerEvent): void =>
    fingers.lift(event.pointerId, event.type === "pointerup", performance.now());
  // Chromium keeps pointermove back until it draws the next frame; Safari knows nothing else.
  const moves = "onpointerrawupdate" in box ? "pointerrawupdate" : "pointermove";
  // Chromium takes a swipe for a throw even where nothing scrolls, and for some 0.3 s a tap anywhere stops the throw and presses
  // nothing. A cancelled move is no throw; a cancelled touch would also leave the text field its keyboard.
  const keep = (event: Event): void => event.preventDefault();
  const events = Object.entries({ pointerdown: down, [moves]: move, pointerup: end, pointercancel: end, touchmove: keep });
  for (const [name, act] of events) box.addEventListener(name, act as EventListener, { passive: false });
  return () => events.forEach(([name, act]) => box.removeEventListener(name, act as EventListener));
}
