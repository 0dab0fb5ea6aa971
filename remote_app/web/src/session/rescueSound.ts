import { Playout } from "./playout";
import type { RescueFrame } from "./rescueFrame";

const RATE_HZ = 48_000; // Opus' own
export const FADE_MS = 250; // the room does not stop within a word
const MOST_DECODING = 20; // packets of 60 ms: beyond this the tablet does not keep up, and sound would be stale

const OPUS = { codec: "opus", sampleRate: RATE_HZ, numberOfChannels: 1 } as const;

/** Whether it plays what the robot sends. */
export async function playsRescueSound(): Promise<boolean> {
  const { supported } = await AudioDecoder.isConfigSupported(OPUS);
  return supported ?? false;
}

/** The room's sound when it comes in Opus packets by the service: decoded, held back a little and played in time. */
export class RescueSound {
  private decoder: AudioDecoder | null = null;
  private playout = new Playout();
  private gain: GainNode | null = null;

  constructor(private readonly context: AudioContext) {}

  /** How long sound is held back now, in ms; null while none has come. */
  get heldMs(): number | null {
    return this.decoder ? this.playout.heldMs : null;
  }

  take(packet: RescueFrame): void {
    const decoder = this.decoder ?? this.open();
    if (decoder.decodeQueueSize > MOST_DECODING) return;
    decoder.decode(new EncodedAudioChunk({ type: "key", timestamp: packet.sentMs * 1000, data: packet.body }));
  }

  /** Lets what is heard now fade away. */
  stop(): void {
    if (this.decoder && this.decoder.state !== "closed") this.decoder.close();
    this.decoder = null;
    const gain = this.gain;
    this.gain = null;
    if (!gain) return;
    const now = this.context.currentTime;
    gain.gain.setValueAtTime(1, now);
    gain.gain.linearRampToValueAtTime(0, now + FADE_MS / 1000);
    setTimeout(() => gain.disconnect(), FADE_MS);
  }

  private open(): AudioDecoder {
    this.playout = new Playout();
    this.gain = this.context.createGain();
    this.gain.connect(this.context.destination);
    const decoder: AudioDecoder = new AudioDecoder({
      output: (sound) => this.play(sound),
      error: () => {
        if (this.decoder === decoder) this.stop(); // a packet that is none; the next one opens a new decoder
      },
    });
    decoder.configure(OPUS);
    this.decoder = decoder;
    return decoder;
  }

  private play(sound: AudioData): void {
    const { numberOfFrames, sampleRate, timestamp } = sound;
    const samples = new Float32Array(numberOfFrames);
    sound.copyTo(samples, { planeIndex: 0, format: "f32-planar" });
    sound.close();
    if (!this.gain || this.context.state !== "running") return;
    const now = this.context.currentTime * 1000;
    const at = this.playout.place(Math.round(timestamp / 1000), (numberOfFrames / sampleRate) * 1000, now);
    if (at === null) return;
    const buffer = this.context.createBuffer(1, numberOfFrames, sampleRate);
    buffer.copyToChannel(samples, 0);
    const source = this.context.createBufferSource();
    source.buffer = buffer;
    source.connect(this.gain);
    source.start(at / 1000);
  }
}
