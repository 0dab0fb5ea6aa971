/** Why there is no microphone, as far as a person can do something about it. */
export type NoMicrophone = "denied" | "none" | "taken" | "insecure";

export type Captured = { readonly track: MediaStreamTrack } | { readonly missing: NoMicrophone };

const WISHES: MediaTrackConstraints = {
  echoCancellation: true, // the room's sound comes out of the same tablet
  noiseSuppression: true,
  autoGainControl: true, // people sit at very different distances from a tablet
  channelCount: 1,
};

const MISSING: Readonly<Record<string, NoMicrophone>> = {
  NotAllowedError: "denied",
  SecurityError: "denied",
  NotFoundError: "none",
  OverconstrainedError: "none",
};

/** Asks for the microphone. Never rejects: a missing microphone is an answer. */
export async function capture(): Promise<Captured> {
  const devices = navigator.mediaDevices as MediaDevices | undefined;
  if (!devices?.getUserMedia) return { missing: "insecure" };
  try {
    const stream = await devices.getUserMedia({ audio: WISHES });
    const [track] = stream.getAudioTracks();
    return track ? { track } : { missing: "none" };
  } catch (error) {
    return { missing: MISSING[error instanceof DOMException ? error.name : ""] ?? "taken" };
  }
}

const QUIET_DBFS = -55;
const LOUD_DBFS = -12;

/** 0 (quiet) to 1 (loud) for a block of samples in -1..1; the scale is the ear's. */
export function loudness(samples: Float32Array): number {
  const power = samples.reduce((sum, sample) => sum + sample * sample, 0) / (samples.length || 1);
  const dbfs = 10 * Math.log10(power + 1e-12);
  return Math.min(Math.max((dbfs - QUIET_DBFS) / (LOUD_DBFS - QUIET_DBFS), 0), 1);
}

/** Listens to a microphone track for its level. The context must be made in the person's tap. */
export class LevelMeter {
  private readonly analyser: AnalyserNode;
  private readonly samples: Float32Array<ArrayBuffer>;
  private source: MediaStreamAudioSourceNode | null = null;

  constructor(private readonly context: AudioContext) {
    this.analyser = context.createAnalyser();
    this.analyser.fftSize = 1024; // 21 ms at 48 kHz
    this.samples = new Float32Array(this.analyser.fftSize);
  }

  listenTo(track: MediaStreamTrack | null): void {
    this.source?.disconnect();
    this.source = track ? this.context.createMediaStreamSource(new MediaStream([track])) : null;
    this.source?.connect(this.analyser);
  }

  read(): number {
    if (!this.source) return 0;
    this.analyser.getFloatTimeDomainData(this.samples);
    return loudness(this.samples);
  }
}
