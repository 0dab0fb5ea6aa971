import type { PageQuality } from "../generated/wire";

const MOST_MS = 60_000; // the wire's limit

/** The pictures of the time since the last look. Pure: times are milliseconds of one clock. */
export class Frames {
  private shown = 0;
  private frozen = 0;
  private ahead = 0; // of a standstill that goes on: told already, and not yet among what the browser counts
  private waited = 0;
  private waits = 0;

  constructor(private since: number) {}

  /** A picture was shown, so long after its last packet came. */
  waitedFor(ms: number): void {
    if (ms < 0) return;
    this.waited += ms;
    this.waits += 1;
  }

  /** What was seen since the last look: of all pictures that were shown, and all that they stood still, until now. */
  take(now: number, shown: number, frozenMs: number): Pick<PageQuality, "fps" | "frozen_ms" | "picture_ms"> {
    const passed = Math.max(now - this.since, 1);
    const count = Math.max(shown - this.shown, 0);
    const stood = count > 0 ? Math.max(frozenMs - this.frozen - this.ahead, 0) : passed;
    const seen = {
      fps: Math.min(round((count * 1000) / passed), 240),
      frozen_ms: Math.min(round(stood), MOST_MS),
      picture_ms: this.waits > 0 ? Math.min(round(this.waited / this.waits), MOST_MS) : null,
    };
    this.ahead = count > 0 ? 0 : this.ahead + passed;
    if (count > 0) this.frozen = frozenMs;
    this.since = now;
    this.shown = shown;
    this.waits = this.waited = 0;
    return seen;
  }
}

/** The browser's counters for the room's sound, in its own units: all grow. */
export interface SoundCounters {
  readonly received: number;
  readonly lost: number;
  readonly samples: number;
  readonly concealed: number;
  readonly bufferedS: number;
  readonly emitted: number;
  readonly playedS: number;
  readonly played: number;
}

export type Stats = Iterable<readonly [string, Record<string, unknown>]>;

/** For how long the picture stood still, in ms, as far as the browser counts that: over 150 ms more than usual. */
export function frozenMs(report: Stats): number {
  const video = [...report].find(([, one]) => one.type === "inbound-rtp" && one.kind === "video")?.[1];
  return Number(video?.totalFreezesDuration ?? 0) * 1000;
}

export function soundCounters(report: Stats): SoundCounters {
  const all = [...report].map(([, one]) => one);
  const sound = all.find((one) => one.type === "inbound-rtp" && one.kind === "audio");
  const device = all.find((one) => one.type === "media-playout");
  const of = (from: Record<string, unknown> | undefined, name: string): number => {
    const value = from?.[name];
    return typeof value === "number" ? value : 0;
  };
  return {
    received: of(sound, "packetsReceived"),
    lost: of(sound, "packetsLost"),
    samples: of(sound, "totalSamplesReceived"),
    concealed: of(sound, "concealedSamples") - of(sound, "silentConcealedSamples"),
    bufferedS: of(sound, "jitterBufferDelay"),
    emitted: of(sound, "jitterBufferEmittedCount"),
    playedS: of(device, "totalPlayoutDelay"),
    played: of(device, "totalSamplesCount"),
  };
}

/** What the counters say of the time between two looks; null is what the browser does not tell. */
export function heardBetween(
  before: SoundCounters,
  after: SoundCounters,
): Pick<PageQuality, "sound_ms" | "buffer_ms" | "lost" | "concealed"> {
  const grew = (name: keyof SoundCounters): number => Math.max(0, after[name] - before[name]);
  const mean = (sum: number, count: number): number | null =>
    count > 0 ? Math.min(round((sum / count) * 1000), MOST_MS) : null;
  const share = (part: number, whole: number): number | null =>
    whole > 0 ? Math.min(Math.round((part / whole) * 1000) / 1000, 1) : null;
  const buffer = mean(grew("bufferedS"), grew("emitted"));
  return {
    buffer_ms: buffer,
    sound_ms: buffer === null ? null : Math.min(round(buffer + (mean(grew("playedS"), grew("played")) ?? 0)), MOST_MS),
    lost: share(grew("lost"), grew("lost") + grew("received")),
    concealed: share(grew("concealed"), grew("samples")),
  };
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
