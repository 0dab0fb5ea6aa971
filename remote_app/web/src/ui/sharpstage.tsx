import { effect, signal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { t } from "../i18n";
import type { Session } from "../session/session";
import type { StillPart, StillShown } from "../session/still";
import { STILL_SETTLE_MS } from "../session/timing";
import { still } from "../store";
import type { Point, Size } from "../view/geometry";
import { WHOLE, type Zoom, fitted, holds, limited, panned, placed, seen, zoomedAt } from "../view/zoom";

type Shown = Extract<StillShown, { readonly kind: "shown" }>;

const WHEEL_PER_PX = 0.002; // one notch of a wheel, 100 px, is a fifth larger
const KEY_ZOOM = 1.25;
const KEY_PAN_PX = 80;
const ENOUGH = 0.9; // of the pixels that could be seen: no better part is asked for

const zoom = signal<Zoom>(WHOLE);
const stage = signal<Size>({ width: 1, height: 1 });

function fullOf(shown: Shown): Size {
  return { width: shown.whole.header.full_width, height: shown.whole.header.full_height };
}

function change(move: (zoom: Zoom, stage: Size, full: Size) => Zoom): void {
  const now = still.value;
  if (now.kind === "shown") zoom.value = move(zoom.value, stage.value, fullOf(now));
}

/** Larger or smaller about the middle. */
export function zoomBy(factor: number): void {
  change((now, size, full) => zoomedAt(now, factor, { x: size.width / 2, y: size.height / 2 }, size, full));
}

/** The picture with zoom and pan by fingers, wheel and keys; finer parts are laid over it where they come. */
export function SharpStage({ session, shown }: { readonly session: Session; readonly shown: Shown }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const shape = `${shown.whole.header.still} ${shown.whole.header.full_width} ${shown.whole.header.full_height}`;
  useEffect(() => {
    zoom.value = WHOLE; // another picture, or the same in another shape
  }, [shape]);
  useEffect(() => {
    const drawn = canvas.current;
    if (!drawn) return undefined;
    const stops = [measure(drawn), effect(() => draw(drawn)), askForMore(session), listen(drawn)];
    return () => stops.forEach((stop) => stop());
  }, [session]);
  return (
    <div class="sharp-stage">
      <canvas ref={canvas} tabIndex={0} role="img" aria-label={t("sharp.picture")} onKeyDown={pressed} />
    </div>
  );
}

type Stop = () => void;

function measure(drawn: HTMLCanvasElement): Stop {
  const look = (): void => {
    stage.value = { width: Math.max(1, drawn.clientWidth), height: Math.max(1, drawn.clientHeight) };
    change(limited);
  };
  const watch = new ResizeObserver(look);
  watch.observe(drawn);
  look();
  return () => watch.disconnect();
}

function draw(drawn: HTMLCanvasElement): void {
  const now = still.value;
  const size = stage.value;
  const at = zoom.value;
  const ink = drawn.getContext("2d");
  if (!ink) return;
  drawn.width = Math.round(size.width * devicePixelRatio);
  drawn.height = Math.round(size.height * devicePixelRatio);
  if (now.kind !== "shown") return;
  ink.scale(devicePixelRatio, devicePixelRatio);
  ink.imageSmoothingQuality = "high";
  for (const part of [now.whole, now.detail]) {
    if (!part) continue;
    const box = placed(part.header.region, at, size, fullOf(now));
    ink.drawImage(part.bitmap, box.x, box.y, box.width, box.height);
  }
}

/** Whether a part has about as many pixels as can be seen of it. */
function enough(part: StillPart, at: Zoom, size: Size, full: Size): boolean {
  const onScreen = fitted(size, full) * at.scale * devicePixelRatio;
  const has = part.header.width / (part.header.region.width * full.width);
  return has >= ENOUGH * Math.min(1, onScreen);
}

/** When the hand rests, the part that is seen is asked for with every pixel that can be seen. */
function askForMore(session: Session): Stop {
  let timer = 0;
  const rested = (): void => {
    const now = still.value;
    if (now.kind !== "shown") return;
    const [at, size, full] = [zoom.value, stage.value, fullOf(now)];
    if (enough(now.whole, at, size, full)) return;
    const { detail } = now;
    if (detail && holds(detail.header.region, seen(at, size, full, 0)) && enough(detail, at, size, full)) return;
    const region = seen(at, size, full);
    const onScreen = fitted(size, full) * at.scale * devicePixelRatio;
    const widthPx = Math.max(16, Math.ceil(region.width * full.width * Math.min(1, onScreen)));
    session.sharp.change((one, when) => one.zoomTo(region, Math.min(8192, widthPx), when));
  };
  const stop = effect(() => {
    void [zoom.value, stage.value, still.value.kind];
    clearTimeout(timer);
    timer = window.setTimeout(rested, STILL_SETTLE_MS);
  });
  return () => {
    clearTimeout(timer);
    stop();
  };
}

function pressed(event: KeyboardEvent): void {
  const pans: Readonly<Record<string, Point>> = {
    ArrowLeft: { x: KEY_PAN_PX, y: 0 },
    ArrowRight: { x: -KEY_PAN_PX, y: 0 },
    ArrowUp: { x: 0, y: KEY_PAN_PX },
    ArrowDown: { x: 0, y: -KEY_PAN_PX },
  };
  const by = pans[event.key];
  if (by) change((now, size, full) => panned(now, by, size, full));
  else if (event.key === "+") zoomBy(KEY_ZOOM);
  else if (event.key === "-") zoomBy(1 / KEY_ZOOM);
  else return;
  event.preventDefault();
}

/** One finger moves, two zoom, and the wheel zooms where it points. */
function listen(drawn: HTMLCanvasElement): Stop {
  const fingers = new Map<number, Point>();
  const spot = (event: MouseEvent): Point => {
    const frame = drawn.getBoundingClientRect();
    return { x: event.clientX - frame.left, y: event.clientY - frame.top };
  };
  const down = (event: PointerEvent): void => {
    if (fingers.size >= 2) return;
    fingers.set(event.pointerId, spot(event));
    drawn.setPointerCapture(event.pointerId);
  };
  const move = (event: PointerEvent): void => {
    const before = fingers.get(event.pointerId);
    if (!before) return;
    const at = spot(event);
    const other = [...fingers].find(([id]) => id !== event.pointerId)?.[1];
    fingers.set(event.pointerId, at);
    const share = other ? 0.5 : 1; // with two, each moves the middle between them by half
    change((now, size, full) => panned(now, { x: share * (at.x - before.x), y: share * (at.y - before.y) }, size, full));
    if (!other) return;
    const factor = Math.hypot(at.x - other.x, at.y - other.y) / Math.max(1, Math.hypot(before.x - other.x, before.y - other.y));
    const middle = { x: (at.x + other.x) / 2, y: (at.y + other.y) / 2 };
    change((now, size, full) => zoomedAt(now, factor, middle, size, full));
  };
  const up = (event: PointerEvent): void => void fingers.delete(event.pointerId);
  const wheel = (event: WheelEvent): void => {
    event.preventDefault();
    change((now, size, full) => zoomedAt(now, Math.exp(-event.deltaY * WHEEL_PER_PX), spot(event), size, full));
  };
  const give = new AbortController();
  const { signal: until } = give;
  drawn.addEventListener("pointerdown", down, { signal: until });
  drawn.addEventListener("pointermove", move, { signal: until });
  drawn.addEventListener("pointerup", up, { signal: until });
  drawn.addEventListener("pointercancel", up, { signal: until });
  drawn.addEventListener("wheel", wheel, { signal: until, passive: false });
  const keep = (event: Event): void => event.preventDefault(); // see stage.tsx
  drawn.addEventListener("touchmove", keep, { signal: until, passive: false });
  return () => give.abort();
}
