// The time-stamp strip (see hardware_sim/stamp.py): 68 blocks of 16 px, 20 bits sequence, 40 bits time, CRC-8.
"use strict";

const TIME_SPAN = 2 ** 40;

/** Wall clock in units of 100 us, modulo 2^40. */
const clock = () => Math.floor((performance.timeOrigin + performance.now()) * 10) % TIME_SPAN;

function crc8(bits) {
  const padded = [0, 0, 0, 0, ...bits];
  let crc = 0;
  for (let at = 0; at < padded.length; at += 8) {
    for (let bit = 0; bit < 8; bit++) crc ^= padded[at + bit] << (7 - bit);
    for (let bit = 0; bit < 8; bit++) crc = crc & 0x80 ? ((crc << 1) ^ 0x07) & 0xff : crc << 1;
  }
  return crc;
}

function toBits(value, count) {
  return Array.from({ length: count }, (_, at) => Math.floor(value / 2 ** (count - 1 - at)) % 2);
}

const fromBits = (bits) => bits.reduce((value, bit) => value * 2 + bit, 0);

function paintStamp(context, sequence, time) {
  const bits = [...toBits(sequence % 2 ** 20, 20), ...toBits(time, 40)];
  context.fillStyle = "#000";
  context.fillRect(0, 0, 1088, 16);
  context.fillStyle = "#fff";
  [...bits, ...toBits(crc8(bits), 8)].forEach((bit, at) => bit && context.fillRect(at * 16, 0, 16, 16));
}

function readStamp(image) {
  const bits = Array.from({ length: 68 }, (_, at) => (image.data[(8 * image.width + at * 16 + 8) * 4 + 1] > 126 ? 1 : 0));
  const payload = bits.slice(0, 60);
  if (crc8(payload) !== fromBits(bits.slice(60))) return null;
  return { sequence: fromBits(payload.slice(0, 20)), time: fromBits(payload.slice(20)) };
}

async function gathered(peer) {
  if (peer.iceGatheringState === "complete") return;
  await new Promise((done) => {
    peer.onicegatheringstatechange = () => peer.iceGatheringState === "complete" && done();
    setTimeout(done, 1000);
  });
}
