import { RESCUE_AFTER_ASKING_MS, RESCUE_AFTER_LOSS_MS, RESCUE_SILENT_MS } from "./timing";

/**
 * Decides when still pictures and sound are asked for by the service's road, because the media session does not come
 * to be, or is gone: whether they are wanted, and whether they come. Pure: times are ms of one monotonic clock.
 */
export class RescueRule {
  wanted = false;
  /** They are wanted, and they come. */
  live = false;
  private granted = false;
  private since: number | null = null;
  private patience = RESCUE_AFTER_ASKING_MS;
  private heardAt = -Infinity;

  /** The robot has answered an offer of ours, so the seat is ours. */
  grant(): void {
    this.granted = true;
  }

  /** The seat is not ours, or not any more. */
  revoke(): void {
    this.granted = this.wanted = this.live = false;
  }

  /** Picture and sound are asked for, or gone, since then; only the first time counts until they are there. */
  missing(since: number, wereThere: boolean): void {
    if (this.since !== null) return;
    this.since = since;
    this.patience = wereThere ? RESCUE_AFTER_LOSS_MS : RESCUE_AFTER_ASKING_MS;
  }

  /** Nothing is missed: picture and sound are there, or nobody wants them. */
  settled(): void {
    this.since = null;
    this.wanted = this.live = false;
  }

  /** A still was shown, or sound came. */
  heard(now: number): void {
    this.heardAt = now;
    this.live = this.wanted;
  }

  /** `reachable`: the service's road is open up to the robot. */
  look(now: number, reachable: boolean): void {
    const waited = this.since !== null && now - this.since >= this.patience;
    this.wanted = this.granted && reachable && waited;
    this.live = this.wanted && now - this.heardAt < RESCUE_SILENT_MS;
  }
}
