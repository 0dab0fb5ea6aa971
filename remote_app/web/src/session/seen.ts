import type { PageQuality } from "../generated/wire";

const FREEZE_MS = 200; // from here on a person sees that the picture stands still
const MOST_MS = 60_000; // the wire's limit

/** The pictures of the time since the last look. Pure: times are milliseconds of one clock. */
export class Frames {
  private count = 0;
  private waited = 0;
  private waits = 0;
  private frozen = 0;
  private last: number;

  constructor(private since: number) {
    this.last = since;
  }

  /** A picture was shown, so long after its last packet came (null: the browser does not tell). */
  add(now: number, waited: number | null): void {
    this.countFreeze(now);
    this.last = now;
    this.count += 1;
    if (waited === null || waited < 0) return;
    this.waited += waited;
    this.waits += 1;
  }

  /** What was seen since the last look, and a new count. */
  take(now: number): Pick<PageQuality, "fps" | "frozen_ms" | "picture_ms"> {
    this.countFreeze(now);
    const seconds = Math.max(now - this.since, 1) / 1000;
    const seen = {
      fps: Math.min(round(this.count / seconds), 240),
      frozen_ms: Math.min(round(this.frozen), MOST_MS),
      picture_ms: this.waits > 0 ? Math.min(round(this.waited / this.waits), MOST_MS) : null,
    };
    this.since = now;
    this.count = this.waits = this.waited = this.frozen = 0;
    return seen;
  }

  /** Of the gap that ends now, what lies after the last look. */
  private countFreeze(now: number): void {
    if (now - this.last > FREEZE_MS) this.frozen += now - Math.max(this.last, this.since);
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

export function soundCounters(report: Iterable<readonly [string, Record<string, unknown>]>): SoundCounters {
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
