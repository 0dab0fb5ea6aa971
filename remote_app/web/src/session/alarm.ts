/**
 * Rings once, although a finger is down: for a tenth of a second after a touch began Chromium holds back every timer
 * of a page (`setTimeout` and `scheduler.postTask` alike), and none of a worker's. Where there is no worker, late.
 */
export class Alarm {
  private readonly worker = worker();
  private timer: ReturnType<typeof setTimeout> | undefined;

  /** `ring` may be called once more than was asked for. */
  constructor(private readonly ring: () => void) {
    if (this.worker) this.worker.onmessage = ring;
  }

  /** In place of whatever was set before. */
  set(ms: number): void {
    this.clear();
    this.timer = setTimeout(this.ring, ms);
    this.worker?.postMessage(ms);
  }

  clear(): void {
    clearTimeout(this.timer);
  }
}

function worker(): Worker | null {
  try {
    return new Worker(new URL("./alarm.worker.ts", import.meta.url), { type: "module" });
  } catch {
    return null; // an old browser
  }
}
