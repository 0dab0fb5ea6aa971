import type { MotionMessage, Pose, SetPoint, StillHeader, StillMessage, TalkMessage } from "../generated/wire";
import * as store from "../store";
import type { PageReport } from "./report";
import { Patience, configuration, gatheredWith } from "./ice";

export interface MediaEvents {
  /** The path is open: picture and sound follow. */
  opened(): void;
  /** The other end lives. */
  heard(): void;
  pose(pose: Pose): void;
  /** A sharp picture of the board begins, or goes on. */
  still(message: StillHeader | ArrayBuffer): void;
  /** The room's picture or sound is on its way in `stream`. */
  track(): void;
  failed(): void;
}

/** H.264 first: tablets decode it in hardware, and the robot encodes nothing else. */
function preferH264(transceiver: RTCRtpTransceiver): void {
  const codecs = RTCRtpReceiver.getCapabilities?.("video")?.codecs;
  if (!codecs || !transceiver.setCodecPreferences) return;
  const isH264 = (codec: RTCRtpCodec): boolean => codec.mimeType.toLowerCase() === "video/h264";
  transceiver.setCodecPreferences([...codecs.filter(isH264), ...codecs.filter((codec) => !isH264(codec))]);
}

/** One media session with the robot, used once. After `close` no event comes. */
export class MediaSession {
  /** The name of this connection, known once the service has taken its offer. */
  connection = "";
  readonly stream = new MediaStream();
  readonly madeAt = performance.now();
  readonly madeFor = configuration(store.ice.value);
  private readonly pc = new RTCPeerConnection(this.madeFor);
  private readonly patience = new Patience(store.ice.value);
  private readonly sound: RTCRtpTransceiver;
  private readonly motion: RTCDataChannel;
  private readonly talk: RTCDataChannel;
  private readonly stills: RTCDataChannel;
  private events: MediaEvents | null = null;
  private offered: Promise<string> | null = null;

  /** `onlyWatches`: no voice will ever go out. */
  constructor(onlyWatches = false) {
    preferH264(this.pc.addTransceiver("video", { direction: "recvonly" }));
    this.sound = this.pc.addTransceiver("audio", { direction: onlyWatches ? "recvonly" : "sendrecv" });
    if ("jitterBufferTarget" in this.sound.receiver) this.sound.receiver.jitterBufferTarget = 0;
    this.motion = this.pc.createDataChannel("motion", { ordered: false, maxRetransmits: 0 });
    this.talk = this.pc.createDataChannel("talk");
    this.stills = this.pc.createDataChannel("stills");
    this.stills.binaryType = "arraybuffer";
    this.stills.onmessage = (event: MessageEvent<string | ArrayBuffer>) => this.onStill(event.data);
    this.motion.onmessage = (event: MessageEvent<string>) => this.onMotion(JSON.parse(event.data) as MotionMessage);
    this.talk.onmessage = (event: MessageEvent<string>) => this.onTalk(JSON.parse(event.data) as TalkMessage);
    this.talk.onclose = () => this.events?.failed(); // the robot's good-bye
    this.pc.ontrack = (event) => {
      this.stream.addTrack(event.track);
      this.events?.track();
    };
    this.pc.onconnectionstatechange = () => {
      if (this.pc.connectionState === "connected") this.events?.opened();
      if (this.pc.connectionState === "failed") this.events?.failed();
    };
  }

  /** Who hears of it from now on. */
  listen(events: MediaEvents): void {
    this.events = events;
  }

  /** True while set-points can travel on the data channel. */
  get steers(): boolean {
    return this.motion.readyState === "open";
  }

  /** The offer with all candidates of this machine, made once. Rejects when the browser cannot make one. */
  offer(): Promise<string> {
    this.offered ??= this.makeOffer();
    return this.offered;
  }

  private async makeOffer(): Promise<string> {
    await this.pc.setLocalDescription(await this.pc.createOffer());
    await gatheredWith(this.pc, this.patience);
    const sdp = this.pc.signalingState === "closed" ? undefined : this.pc.localDescription?.sdp;
    if (!sdp) throw new Error("the media session was closed while it was being opened");
    store.relay.value = this.patience.relay;
    return sdp;
  }

  async answer(sdp: string): Promise<void> {
    await this.pc.setRemoteDescription({ type: "answer", sdp });
  }

  /** Another microphone track, or none, from now on. */
  async setVoice(track: MediaStreamTrack | null): Promise<void> {
    await this.sound.sender.replaceTrack(track);
  }

  /** True when the set-point went; false when the service has to carry it. */
  sendSetPoint(point: SetPoint): boolean {
    return this.send(this.motion, point);
  }

  ping(now: number): boolean {
    return this.send(this.talk, { type: "ping", sent_ms: now });
  }

  /** The robot need send no more of the picture that was asked for with `request`. */
  cancelStill(request: string): void {
    this.send(this.stills, { type: "still_cancel", request });
  }

  /** Tells the robot what was seen and heard of this session. */
  async tell(report: PageReport): Promise<void> {
    const seen = await report.of(this.pc);
    if (seen) this.send(this.talk, seen);
  }

  close(): void {
    this.events = null;
    this.pc.close();
  }

  private send(channel: RTCDataChannel, message: MotionMessage | TalkMessage | StillMessage): boolean {
    if (channel.readyState !== "open") return false;
    channel.send(JSON.stringify(message));
    return true;
  }

  private onMotion(message: MotionMessage): void {
    if (message.type !== "pose") return;
    this.events?.heard();
    this.events?.pose(message);
  }

  private onStill(data: string | ArrayBuffer): void {
    if (typeof data !== "string") return this.events?.still(data);
    const message = JSON.parse(data) as StillMessage;
    if (message.type === "still_header") this.events?.still(message);
  }

  private onTalk(message: TalkMessage): void {
    this.events?.heard();
    if (message.type === "ping") this.send(this.talk, { type: "pong", sent_ms: message.sent_ms });
  }
}
