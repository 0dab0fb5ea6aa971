import type { RobotState } from "../generated/wire";

/** How the line of whoever is in has been. Pure: times are milliseconds of one clock. */

export const KEPT_MS = 600_000;
const EVERY_MS = 5_000; // 120 points are more than a small plot has pixels for
const GAP_MS = 15_000; // a heartbeat comes every second: after so long nothing is known of the time between

export interface Sample {
  readonly at: number;
  readonly kbps: number;
  readonly fps: number;
  readonly rttMs: number | null;
  readonly lossPercent: number | null;
}

export const MEASURES = ["kbps", "fps", "rttMs", "lossPercent"] as const;
export type Measure = (typeof MEASURES)[number];

/** What each plot reaches up to at least, so that nothing looks grave that is not. */
const LEAST_TOP: Readonly<Record<Measure, number>> = { kbps: 500, fps: 30, rttMs: 400, lossPercent: 10 };

interface Line {
  readonly session: string;
  readonly samples: readonly Sample[];
}

const NOTHING: readonly Sample[] = [];

export class History {
  private readonly lines = new Map<string, Line>();

  hear({ robot, session, quality }: RobotState, now: number): void {
    if (!session || !quality) return;
    const known = this.lines.get(robot);
    const before = known?.session === session.id ? known.samples : NOTHING; // another person has another line
    const sample = {
      at: now,
      kbps: quality.bitrate_bps / 1000,
      fps: quality.fps,
      rttMs: quality.rtt_ms,
      lossPercent: quality.loss === null ? null : quality.loss * 100,
    };
    const last = before.at(-1);
    const samples = last && now - last.at < EVERY_MS ? before : [...before, sample];
    this.lines.set(robot, { session: session.id, samples: samples.filter(({ at }) => now - at <= KEPT_MS) });
  }

  /** Of the last ten minutes, the oldest first; nothing when nobody has been in, or somebody else is by now. */
  of(robot: string, session: string | null): readonly Sample[] {
    const line = this.lines.get(robot);
    return line && (session === null || line.session === session) ? line.samples : NOTHING;
  }
}

export interface Plot {
  /** The path of a line (SVG 2, section 9.3) in a box of 100 × 100, the newest at the right; broken where nothing is known. */
  readonly path: string;
  readonly now: number;
  readonly least: number;
  readonly most: number;
  readonly top: number;
}

/** A round figure that is not below. */
function above(value: number): number {
  const step = 10 ** Math.floor(Math.log10(value));
  return Math.ceil(value / step) * step;
}

/** One measure drawn; null where it was never measured. */
export function plot(samples: readonly Sample[], measure: Measure, now: number): Plot | null {
  const values = samples.flatMap((sample) => sample[measure] ?? []);
  const [newest] = values.slice(-1);
  if (newest === undefined) return null;
  const most = Math.max(...values);
  const top = above(Math.max(most, LEAST_TOP[measure]));
  let before: Sample | null = null;
  let path = "";
  for (const sample of samples) {
    const value = sample[measure];
    if (value === null) {
      before = null;
      continue;
    }
    const x = round(100 * (1 - (now - sample.at) / KEPT_MS));
    path += `${before && sample.at - before.at <= GAP_MS ? "L" : "M"}${x} ${round(100 * (1 - value / top))}`;
    before = sample;
  }
  return { path, now: newest, least: Math.min(...values), most, top };
}

const round = (value: number): number => Math.round(value * 10) / 10;
