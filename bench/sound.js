// Sound that can be timed: chirps into a track, and a recorder on the audio clock that says what time its samples had.
"use strict";

const RATE = 48000, PERIOD_S = 0.5, CHIRP_S = 0.06, LOW_HZ = 500, HIGH_HZ = 3500, CHIRP_GAIN = 0.4, TONE_GAIN = 0.05;
const RECORDER = `registerProcessor("recorder", class extends AudioWorkletProcessor {
  constructor() { super(); this.block = new Float32Array(4800); this.filled = 0; this.first = 0; }
  process([[samples]]) {
    if (this.filled === 0) this.first = currentFrame;
    if (samples) this.block.set(samples, this.filled); else this.block.fill(0, this.filled, this.filled + 128);
    this.filled += 128;
    // when this quantum was rendered, against the audio clock
    if (this.filled % 640 === 0) this.port.postMessage({ clock: [currentFrame, Date.now()] });
    if (this.filled + 128 > this.block.length) {
      this.port.postMessage({ first: this.first, samples: this.block.slice(0, this.filled) });
      this.filled = 0;
    }
    return true;
  }
});`;
let audio, recorders = {};
const knowing = new WeakMap(); // contexts that know the recorder

function recorderIn(context) {
  const url = () => URL.createObjectURL(new Blob([RECORDER], { type: "text/javascript" }));
  if (!knowing.has(context)) knowing.set(context, context.audioWorklet.addModule(url()));
  return knowing.get(context);
}

async function audioClock() {
  if (!audio) {
    audio = new AudioContext({ sampleRate: RATE, latencyHint: "interactive" });
    await recorderIn(audio);
    await audio.resume();
  }
  return audio;
}

/** Records what goes through `node` under that name, until `recorded(name)`. */
async function record(name, node) {
  const { context } = node;
  await recorderIn(context);
  const recorder = new AudioWorkletNode(context, "recorder", { channelCount: 1, channelCountMode: "explicit" });
  const kept = (recorders[name] = { clocks: [], blocks: [] });
  recorder.port.onmessage = ({ data }) => ("clock" in data ? kept.clocks.push(data.clock) : kept.blocks.push(data));
  node.connect(recorder);
  const silent = new GainNode(context, { gain: 0 }); // only what leads to the destination is rendered
  recorder.connect(silent).connect(context.destination);
}

/** A track of chirps over a soft tone, one every `period` seconds, recorded as "mouth". */
async function mouth(period = PERIOD_S) {
  const context = await audioClock();
  const buffer = context.createBuffer(1, RATE * period, RATE);
  const samples = buffer.getChannelData(0);
  for (let n = 0; n < samples.length; n++) {
    const t = n / RATE;
    samples[n] = TONE_GAIN * Math.sin(2 * Math.PI * 220 * t);
    if (t < CHIRP_S)
      samples[n] += CHIRP_GAIN * Math.sin(2 * Math.PI * (LOW_HZ * t + ((HIGH_HZ - LOW_HZ) * t * t) / (2 * CHIRP_S))) * Math.sin((Math.PI * t) / CHIRP_S);
  }
  const source = new AudioBufferSourceNode(context, { buffer, loop: true });
  const out = context.createMediaStreamDestination();
  source.connect(out);
  await record("mouth", source);
  source.start();
  return out.stream.getAudioTracks()[0];
}

/** Adds the sound to an offer: "ear" only listens, "mouth" also speaks. */
async function offerSound(peer, kind) {
  const transceiver = peer.addTransceiver("audio", { direction: kind === "mouth" ? "sendrecv" : "recvonly" });
  if (kind === "mouth") await transceiver.sender.replaceTrack(await mouth());
  transceiver.receiver.jitterBufferTarget = 0; // as the patient's page does
}

async function hear(track) {
  const element = new Audio(); // Chromium decodes remote sound only when an element plays it
  element.srcObject = new MediaStream([track]);
  element.muted = true;
  element.play();
  await record("ear", new MediaStreamAudioSourceNode(await audioClock(), { mediaStream: element.srcObject }));
}

/** What was recorded: 16 bit samples as base64, and which sample had which wall clock in ms, many times over. */
function recorded(name) {
  const { clocks, blocks } = recorders[name] ?? { clocks: [], blocks: [] };
  if (!blocks.length) return null;
  const pcm = new Int16Array(blocks.reduce((sum, { samples }) => sum + samples.length, 0));
  let at = 0;
  for (const { samples } of blocks) for (const value of samples) pcm[at++] = Math.max(-1, Math.min(1, value)) * 32767;
  const bytes = new Uint8Array(pcm.buffer);
  let text = "";
  for (let n = 0; n < bytes.length; n += 8192) text += String.fromCharCode(...bytes.subarray(n, n + 8192));
  return { clock: clocks.map(([frame, at]) => [frame - blocks[0].first, at]), pcm: btoa(text) };
}
