import { showStill } from "./picture";
import type { RescueFrame } from "./rescueFrame";

/** Decodes the stills of the rescue path and shows them, the newest only. */
export class Stills {
  private waiting: RescueFrame | null = null;
  private busy = false;
  private stopped = false;

  /** `shown` is told of every still that the person sees from now on, and of its size. */
  constructor(private readonly shown: (still: RescueFrame, size: { width: number; height: number }) => void) {}

  take(still: RescueFrame): void {
    this.waiting = still;
    if (!this.busy) void this.work();
  }

  /** No still is shown after this. */
  stop(): void {
    this.stopped = true;
    this.waiting = null;
  }

  private async work(): Promise<void> {
    this.busy = true;
    while (this.waiting) {
      const still = this.waiting;
      this.waiting = null;
      const image = await createImageBitmap(new Blob([still.body], { type: "image/jpeg" })).catch(() => null);
      if (image && !this.stopped) {
        showStill(image);
        this.shown(still, { width: image.width, height: image.height });
      }
      image?.close();
    }
    this.busy = false;
  }
}
