/** Keeps the screen on while held, where the browser can; asks again each time the page is looked at. */
export class StayAwake {
  private lock: WakeLockSentinel | null = null;
  private held = false;

  async hold(): Promise<void> {
    this.held = true;
    if (!("wakeLock" in navigator) || document.visibilityState !== "visible") return;
    if (this.lock && !this.lock.released) return;
    try {
      const lock = await navigator.wakeLock.request("screen");
      if (this.held) this.lock = lock;
      else await lock.release();
    } catch (error) {
      if (!(error instanceof DOMException)) throw error; // refused (battery saver): the session works without
    }
  }

  async again(): Promise<void> {
    if (this.held) await this.hold();
  }

  async release(): Promise<void> {
    this.held = false;
    await this.lock?.release();
    this.lock = null;
  }
}
