import capture from "./capture.worklet.ts?worker&url";

const RATE_HZ = 48_000;
const SPEECH: AudioEncoderConfig = { codec: "opus", sampleRate: RATE_HZ, numberOfChannels: 1, bitrate: 16_000 };
const PACKET_US = 60_000; // 17 packets a second: each of them costs a frame on every road between here and the robot
const MOST_ENCODING = 50; // blocks of 20 ms: a tablet that does not keep up loses sound instead of piling it up

/** The person's microphone as Opus packets, for the road by the service. Used once. */
export class RescueVoice {
  private encoder: AudioEncoder | null = null;
  private tap: AudioWorkletNode | null = null;
  private source: MediaStreamAudioSourceNode | null = null;
  private track: MediaStreamTrack | null = null;
  private blocks = 0;
  private closed = false;

  /** `say` takes each packet as it is made; `failed` is told once when no more will come. */
  constructor(
    private readonly context: AudioContext,
    private readonly say: (packet: Uint8Array<ArrayBuffer>) => void,
    private readonly failed: () => void,
  ) {}

  /** What the microphone says goes out, unless it is muted. */
  get isOpen(): boolean {
    return this.source !== null;
  }

  /** Rejects when this browser cannot. */
  async open(track: MediaStreamTrack | null): Promise<void> {
    this.track = track;
    await this.context.audioWorklet.addModule(capture);
    const packets: AudioEncoderConfig = { ...SPEECH, opus: { frameDuration: PACKET_US } };
    const { supported } = await AudioEncoder.isConfigSupported(packets);
    if (this.closed) return;
    this.encoder = new AudioEncoder({ output: (chunk) => this.give(chunk), error: () => this.failed() });
    this.encoder.configure(supported ? packets : SPEECH);
    this.tap = new AudioWorkletNode(this.context, "capture", { channelCount: 1, channelCountMode: "explicit" });
    this.tap.connect(this.context.destination); // silent; what leads nowhere need not be run
    this.tap.port.onmessage = ({ data }: MessageEvent<Float32Array<ArrayBuffer>>) => this.encode(data);
    this.listenTo(this.track);
  }

  listenTo(track: MediaStreamTrack | null): void {
    this.track = track;
    this.source?.disconnect();
    this.source = null;
    if (!track || !this.tap) return;
    this.source = this.context.createMediaStreamSource(new MediaStream([track]));
    this.source.connect(this.tap);
  }

  close(): void {
    this.closed = true;
    this.source?.disconnect();
    this.tap?.disconnect();
    this.tap?.port.close();
    if (this.encoder && this.encoder.state !== "closed") this.encoder.close();
    this.encoder = this.tap = this.source = null;
  }

  private encode(samples: Float32Array<ArrayBuffer>): void {
    const timestamp = (this.blocks++ * samples.length * 1e6) / RATE_HZ;
    const heard = this.track?.enabled && this.track.readyState === "live";
    if (!heard || !this.encoder || this.encoder.encodeQueueSize > MOST_ENCODING) return;
    const block = new AudioData({
      format: "f32-planar",
      sampleRate: RATE_HZ,
      numberOfFrames: samples.length,
      numberOfChannels: 1,
      timestamp,
      data: samples,
    });
    this.encoder.encode(block);
    block.close();
  }

  private give(chunk: EncodedAudioChunk): void {
    if (this.closed) return;
    const packet = new Uint8Array(chunk.byteLength);
    chunk.copyTo(packet);
    this.say(packet);
  }
}
