import type { Look, Region, StillHeader } from "../generated/wire";
import { STILL_STUCK_MS, STILL_TAKE_TIMEOUT_MS } from "./timing";

/** A picture of the board, or a part of it, as it came: what it shows and its pixels. */
export interface StillPart {
  readonly header: StillHeader;
  readonly bitmap: ImageBitmap;
}

export type StillFailure = "busy" | "camera" | "line";

/** `share` of a transfer is 0..1; null while nothing is on its way, 0 while the robot still works. */
export type StillShown =
  | { readonly kind: "closed" }
  | { readonly kind: "waiting"; readonly share: number }
  | { readonly kind: "failed"; readonly why: StillFailure }
  | { readonly kind: "gone" }
  | {
      readonly kind: "shown";
      readonly whole: StillPart;
      readonly detail: StillPart | null;
      readonly share: number | null;
      readonly look: Look;
      readonly goneAt: number;
    };

export type StillWish =
  | { readonly type: "take_still"; readonly look: Look; readonly width_px: number }
  | { readonly type: "crop_still"; readonly still: number; readonly look: Look; readonly region: Region; readonly width_px: number };

export interface StillOutlets {
  /** Sends a command; its id, or empty when it could not be sent. */
  act(wish: StillWish): string;
  /** The robot need send no more of this. */
  cancel(request: string): void;
  open(data: Blob): Promise<ImageBitmap>;
}

const WHOLE: Region = { left: 0, top: 0, width: 1, height: 1 };
const CLOSED: StillShown = { kind: "closed" };

interface Transfer {
  readonly request: string;
  readonly part: boolean;
  readonly look: Look;
  readonly dueAt: number;
  header: StillHeader | null;
  chunks: ArrayBuffer[];
  bytes: number;
  heardAt: number;
}

/**
 * The sharp picture of the board from the wish to its end. It lives in memory alone; one thing is on its way at a
 * time, and a newer wish takes the place of it.
 */
export class StillIntent {
  private state: StillShown = CLOSED;
  private transfer: Transfer | null = null;
  private life = 0;

  constructor(private readonly out: StillOutlets) {}

  get shown(): StillShown {
    return this.state;
  }

  /** A new picture, as the sensor sees it now. */
  take(look: Look, widthPx: number, now: number): void {
    this.forget();
    this.state = { kind: "waiting", share: 0 };
    this.ask({ type: "take_still", look, width_px: widthPx }, false, now);
  }

  /** The same picture in another way. */
  lookAs(look: Look, widthPx: number, now: number): void {
    if (this.state.kind !== "shown") return;
    const still = this.state.whole.header.still;
    this.ask({ type: "crop_still", still, look, region: WHOLE, width_px: widthPx }, false, now);
  }

  /** A part of what is shown, with every pixel that the robot has of it. */
  zoomTo(region: Region, widthPx: number, now: number): void {
    if (this.state.kind !== "shown" || (this.transfer && !this.transfer.part)) return;
    const { still, look } = this.state.whole.header;
    this.ask({ type: "crop_still", still, look, region, width_px: widthPx }, true, now);
  }

  close(): void {
    this.forget();
    this.state = CLOSED;
  }

  /** The way that pictures come is broken; what is here stays for its time. */
  lineLost(): void {
    if (!this.transfer) return;
    this.transfer = null;
    this.failed("line");
  }

  headerCame(header: StillHeader, now: number): void {
    const transfer = this.transfer;
    if (!transfer) return;
    const ours = header.request === transfer.request;
    transfer.header = ours ? header : null; // what follows belongs to something that was given up
    transfer.chunks = [];
    transfer.bytes = 0;
    if (ours) transfer.heardAt = now;
  }

  async chunkCame(chunk: ArrayBuffer, now: number): Promise<void> {
    const { transfer } = this;
    const header = transfer?.header;
    if (!transfer || !header) return;
    transfer.chunks.push(chunk);
    transfer.bytes += chunk.byteLength;
    transfer.heardAt = now;
    this.progress(transfer.bytes / header.bytes);
    if (transfer.bytes < header.bytes) return;
    const life = this.life;
    const data = new Blob(transfer.chunks, { type: header.media_type });
    transfer.chunks = [];
    const bitmap = await this.out.open(data).catch(() => null);
    if (this.transfer !== transfer || life !== this.life) {
      bitmap?.close();
      return;
    }
    this.transfer = null;
    if (bitmap) this.arrived({ header, bitmap }, transfer.part, now);
    else this.failed("line");
  }

  refused(request: string, reason: string): void {
    if (this.transfer?.request !== request) return;
    const { part } = this.transfer;
    this.transfer = null;
    if (reason === "expired") this.end();
    else if (!part || this.state.kind !== "shown") this.failed(reason === "busy" ? "busy" : reason === "part_broken" ? "camera" : "line");
    else this.progress(null);
  }

  /** What time does: the picture's own end, and a robot that says nothing. */
  tick(now: number): void {
    if (this.state.kind === "shown" && now >= this.state.goneAt) this.end();
    const { transfer } = this;
    if (!transfer) return;
    const stuck = transfer.header ? now - transfer.heardAt >= STILL_STUCK_MS : now >= transfer.dueAt;
    if (!stuck) return;
    this.out.cancel(transfer.request);
    this.transfer = null;
    this.failed("line");
  }

  private ask(wish: StillWish, part: boolean, now: number): void {
    if (this.transfer) this.out.cancel(this.transfer.request);
    const request = this.out.act(wish);
    const { look } = wish;
    this.transfer = request
      ? { request, part, look, dueAt: now + STILL_TAKE_TIMEOUT_MS, header: null, chunks: [], bytes: 0, heardAt: now }
      : null;
    if (request) this.progress(0);
    else this.failed("line");
  }

  private progress(share: number | null): void {
    if (this.state.kind === "waiting") this.state = { kind: "waiting", share: share ?? 0 };
    else if (this.state.kind === "shown") this.state = { ...this.state, share };
  }

  private arrived(came: StillPart, part: boolean, now: number): void {
    const goneAt = now + came.header.left_s * 1000;
    if (part && this.state.kind === "shown") {
      this.state.detail?.bitmap.close();
      this.state = { ...this.state, detail: came, share: null };
    } else {
      this.letGo();
      this.state = { kind: "shown", whole: came, detail: null, share: null, look: came.header.look, goneAt };
    }
  }

  /** Without a picture there is a sentence in its place; with one it goes on being shown. */
  private failed(why: StillFailure): void {
    if (this.state.kind === "shown") this.progress(null);
    else this.state = { kind: "failed", why };
  }

  private end(): void {
    this.forget();
    this.state = { kind: "gone" };
  }

  private forget(): void {
    if (this.transfer) this.out.cancel(this.transfer.request);
    this.transfer = null;
    this.life += 1;
    this.letGo();
  }

  private letGo(): void {
    if (this.state.kind !== "shown") return;
    this.state.whole.bitmap.close();
    this.state.detail?.bitmap.close();
  }
}
