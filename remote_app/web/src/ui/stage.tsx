import { useEffect, useRef } from "preact/hooks";
import { picture, still } from "../session/picture";
import type { Session } from "../session/session";
import { phase } from "../store";
import { type Point, fit } from "../view/geometry";
import { soundAlone } from "./quality";

const MAY_HIDE = 0.25; // of the picture's width or height, so that it fills more of an upright screen
const DRAG_FROM_PX = 8; // less is a tap by a hand that trembles

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

/** Pans the picture with the finger until the head has caught up. */
function pan(session: Session): Stop {
  let last = performance.now();
  let request = requestAnimationFrame(function draw(now) {
    const offset = session.steering.frame(performance.now(), now - last, !reduced.matches);
    last = now;
    const move = offset ? `translate(${offset.x.toFixed(1)}px, ${offset.y.toFixed(1)}px)` : "";
    for (const shown of [picture, still]) if (shown.style.transform !== move) shown.style.transform = move;
    request = requestAnimationFrame(draw);
  });
  return () => {
    cancelAnimationFrame(request);
    picture.style.transform = still.style.transform = "";
  };
}

/** One finger, pen or mouse at a time. */
function listen(box: HTMLElement, session: Session): Stop {
  let start: { id: number; at: Point; dragging: boolean } | null = null;
  const spot = (event: PointerEvent): Point => {
    const frame = box.getBoundingClientRect();
    return { x: event.clientX - frame.left - frame.width / 2, y: event.clientY - frame.top - frame.height / 2 };
  };
  const down = (event: PointerEvent): void => {
    if (start || event.button !== 0) return;
    start = { id: event.pointerId, at: spot(event), dragging: false };
    box.setPointerCapture(event.pointerId);
  };
  const move = (event: PointerEvent): void => {
    if (start?.id !== event.pointerId) return;
    const at = spot(event);
    if (!start.dragging) {
      if (Math.hypot(at.x - start.at.x, at.y - start.at.y) < DRAG_FROM_PX) return;
      start.dragging = true;
      session.steering.grab(start.at, performance.now());
    }
    session.steering.drag(at, performance.now());
  };
  const end = (event: PointerEvent): void => {
    if (start?.id !== event.pointerId) return;
    if (!start.dragging && event.type === "pointerup") session.steering.tap(start.at, performance.now());
    session.steering.release();
    start = null;
  };
  const events = { pointerdown: down, pointermove: move, pointerup: end, pointercancel: end } as const;
  const names = Object.keys(events) as (keyof typeof events)[];
  names.forEach((name) => box.addEventListener(name, events[name]));
  return () => names.forEach((name) => box.removeEventListener(name, events[name]));
}
