import type { Region } from "../generated/wire";
import type { Point, Size } from "./geometry";

/** How a still lies on the screen: `scale` times as large as it fits, with the point `x`, `y` (shares) in the middle. */
export interface Zoom {
  readonly scale: number;
  readonly x: number;
  readonly y: number;
}

export interface Box extends Point, Size {}

export const WHOLE: Zoom = { scale: 1, x: 0.5, y: 0.5 };
const MOST_PX = 2; // on the screen for one of the sensor: larger shows squares, not more
const LEAST_MOST = 4; // times as large as it fits, also for a small picture on a large screen
const MARGIN = 0.1; // of what is seen, asked for on every side: a small pan finds it there

/** Screen pixels for one pixel of the still at scale 1: all of it is seen. */
export function fitted(stage: Size, full: Size): number {
  return Math.min(stage.width / full.width, stage.height / full.height);
}

/** The same zoom within its limits, and without an empty edge where there is picture to show. */
export function limited(zoom: Zoom, stage: Size, full: Size): Zoom {
  const fit = fitted(stage, full);
  const scale = Math.min(Math.max(zoom.scale, 1), Math.max(LEAST_MOST, MOST_PX / fit));
  const half = { x: stage.width / (2 * scale * fit * full.width), y: stage.height / (2 * scale * fit * full.height) };
  return { scale, x: between(zoom.x, half.x), y: between(zoom.y, half.y) };
}

function between(share: number, half: number): number {
  return half >= 0.5 ? 0.5 : Math.min(Math.max(share, half), 1 - half);
}

/** `factor` times as large, with what lies under `at` (from the stage's top left corner) staying there. */
export function zoomedAt(zoom: Zoom, factor: number, at: Point, stage: Size, full: Size): Zoom {
  const scale = limited({ ...zoom, scale: zoom.scale * factor }, stage, full).scale;
  const fit = fitted(stage, full);
  const off = { x: (at.x - stage.width / 2) / (fit * full.width), y: (at.y - stage.height / 2) / (fit * full.height) };
  const moved = 1 / zoom.scale - 1 / scale;
  return limited({ scale, x: zoom.x + off.x * moved, y: zoom.y + off.y * moved }, stage, full);
}

/** Moved with the finger by so many screen pixels. */
export function panned(zoom: Zoom, by: Point, stage: Size, full: Size): Zoom {
  const fit = fitted(stage, full) * zoom.scale;
  return limited({ ...zoom, x: zoom.x - by.x / (fit * full.width), y: zoom.y - by.y / (fit * full.height) }, stage, full);
}

/** Where a region of the still is drawn, in pixels from the stage's top left corner. */
export function placed(region: Region, zoom: Zoom, stage: Size, full: Size): Box {
  const fit = fitted(stage, full) * zoom.scale;
  return {
    x: stage.width / 2 + (region.left - zoom.x) * fit * full.width,
    y: stage.height / 2 + (region.top - zoom.y) * fit * full.height,
    width: region.width * fit * full.width,
    height: region.height * fit * full.height,
  };
}

/** What of the still is seen, and a little around it. */
export function seen(zoom: Zoom, stage: Size, full: Size, margin = MARGIN): Region {
  const fit = fitted(stage, full) * zoom.scale;
  const across = span(zoom.x, stage.width / (fit * full.width), margin);
  const down = span(zoom.y, stage.height / (fit * full.height), margin);
  return { left: across.from, top: down.from, width: across.length, height: down.length };
}

function span(middle: number, length: number, margin: number): { readonly from: number; readonly length: number } {
  const half = length * (0.5 + margin);
  const from = Math.max(0, middle - half);
  return { from, length: Math.min(1, middle + half) - from };
}

/** Whether `outer` holds all of `inner`, but for a thousandth. */
export function holds(outer: Region, inner: Region): boolean {
  const near = 0.001;
  return (
    outer.left <= inner.left + near &&
    outer.top <= inner.top + near &&
    outer.left + outer.width >= inner.left + inner.width - near &&
    outer.top + outer.height >= inner.top + inner.height - near
  );
}
