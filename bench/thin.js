// What the bench notes in the patient's page, as it is: when each picture is drawn and when it was taken, how the
// room's sound is placed, what comes of a sharp picture. Stands behind stamp.js, sound.js and a line that defines
// `wish`: `shut` leaves the browser no way for media, `speaks` gives it chirps for a voice, one every `period` seconds.

const noted = { stills: [], frames: [], sounds: [], chunks: [], sharp: [] };
const peers = [];
const strip = new OffscreenCanvas(1088, 16).getContext("2d", { willReadFrequently: true });

/** When the picture was taken, by the stamp on it. */
function takenAt(image, width, height) {
  strip.drawImage(image, 0, 0, (width * 1088) / 1280, (height * 16) / 720, 0, 0, 1088, 16);
  return readStamp(strip.getImageData(0, 0, 1088, 16))?.time ?? null;
}

const draw = CanvasRenderingContext2D.prototype.drawImage;
CanvasRenderingContext2D.prototype.drawImage = function (image, ...where) {
  draw.call(this, image, ...where);
  if (!(image instanceof ImageBitmap)) return; // the video's last picture, kept
  if (this.canvas.className === "still") noted.stills.push([clock(), takenAt(image, image.width, image.height)]);
  else if (this.canvas.closest(".sharp-stage")) noted.sharp.push(clock());
};

window.RTCPeerConnection = class extends RTCPeerConnection {
  constructor(setup) {
    super(wish.shut ? { ...setup, iceServers: [], iceTransportPolicy: "relay" } : setup);
    peers.push(this);
  }
  createDataChannel(label, how) {
    const channel = super.createDataChannel(label, how);
    if (label === "stills") {
      channel.addEventListener("message", ({ data }) => noted.chunks.push([clock(), data.byteLength ?? 0]));
    }
    return channel;
  }
};

const connect = AudioNode.prototype.connect;
AudioNode.prototype.connect = function (to, ...more) {
  const loud = this instanceof GainNode && this.gain.value > 0; // the recorder's own way is silent
  if (to === this.context.destination && loud && !recorders.ear) void record("ear", this);
  return connect.call(this, to, ...more);
};

const start = AudioBufferSourceNode.prototype.start;
AudioBufferSourceNode.prototype.start = function (at = 0, ...more) {
  if (at > 0) noted.sounds.push([at * 1000, this.buffer.duration * 1000, this.context.currentTime * 1000]);
  return start.call(this, at, ...more);
};

const voice = async () => {
  if (wish.speaks) return mouth(wish.period);
  return (await audioClock()).createMediaStreamDestination().stream.getAudioTracks()[0];
};
navigator.mediaDevices.getUserMedia = async () => new MediaStream([await voice()]);

/** Notes every picture of the video from now on. */
function watch() {
  const video = document.querySelector("video");
  const seen = () => {
    const now = clock();
    video.requestVideoFrameCallback(seen);
    noted.frames.push([now, takenAt(video, video.videoWidth, video.videoHeight), video.videoWidth]);
  };
  video.requestVideoFrameCallback(seen);
}

/** The browser's own counts of the room's sound: samples in all, and those that it made up. */
async function soundCounts() {
  for (const peer of peers)
    if (peer.connectionState === "connected")
      for (const report of (await peer.getStats()).values())
        if (report.type === "inbound-rtp" && report.kind === "audio")
          return [report.totalSamplesReceived ?? 0, (report.concealedSamples ?? 0) - (report.silentConcealedSamples ?? 0)];
  return [0, 0];
}

/** What was noted since the last time. */
function taken() {
  return Object.fromEntries(Object.entries(noted).map(([name, list]) => [name, list.splice(0)]));
}

Object.assign(window, { clock, recorded, bench: { watch, taken, soundCounts } });
