/** One piece of the rescue path as it travels on the WebSocket; the twin of `protocol/rescue.py`. */
export interface RescueFrame {
  readonly kind: typeof STILL | typeof SOUND;
  /** Counts the frames of its kind, from 1. */
  readonly sequence: number;
  /** The sender's monotonic clock in ms, modulo 2^32. */
  readonly sentMs: number;
  readonly body: Uint8Array<ArrayBuffer>;
}

export const STILL = 1; // a JPEG
export const SOUND = 2; // an Opus packet, mono, 48 kHz

const HEADER_BYTES = 9; // u8 kind, u32 sequence, u32 milliseconds, big-endian
const MOST_BYTES = { [STILL]: 40_000, [SOUND]: 1_500 } as const;

/** What the bytes say; null when they are no frame. */
export function parseRescueFrame(bytes: ArrayBuffer): RescueFrame | null {
  if (bytes.byteLength <= HEADER_BYTES) return null;
  const header = new DataView(bytes);
  const kind = header.getUint8(0);
  if (kind !== STILL && kind !== SOUND) return null;
  if (bytes.byteLength - HEADER_BYTES > MOST_BYTES[kind]) return null;
  return { kind, sequence: header.getUint32(1), sentMs: header.getUint32(5), body: new Uint8Array(bytes, HEADER_BYTES) };
}

/** The bytes of a frame; null when its body is empty or larger than the wire takes. */
export function packRescueFrame({ kind, sequence, sentMs, body }: RescueFrame): ArrayBuffer | null {
  if (body.byteLength === 0 || body.byteLength > MOST_BYTES[kind]) return null;
  const bytes = new Uint8Array(HEADER_BYTES + body.byteLength);
  const header = new DataView(bytes.buffer);
  header.setUint8(0, kind);
  header.setUint32(1, sequence);
  header.setUint32(5, sentMs); // a number outside 0..2^32 is taken modulo 2^32
  bytes.set(body, HEADER_BYTES);
  return bytes.buffer;
}
