import { signal } from "@preact/signals";

const AGAIN_AFTER_MS = [500, 1000, 2000, 4000, 8000, 15000] as const; // then every 15 s, as long as it is wanted

/** How a part is fetched, and how time passes. */
export interface PartMeans<T> {
  load(): Promise<T>;
  /** The same from an address that no browser has given up yet. */
  loadFrom(address: string): Promise<T>;
  wait(act: () => void, ms: number): void;
}

/** The script's address in a browser's words about it; empty where they do not hold one. */
export function addressIn(error: unknown): string {
  return /https?:\/\/[^\s"'?]+\.js/.exec(String(error))?.[0] ?? "";
}

/**
 * A part of the page that is not needed at first: fetched once somebody wants it, and asked for again until it is here.
 * Browsers remember a script that did not come and never ask for it again (HTML, "fetch a single module script", until
 * 2026), so that each new try is for an address of its own.
 */
export class Part<T> {
  readonly here = signal<T | null>(null);
  /** It was asked for and did not come; it still may. */
  readonly missing = signal(false);
  private asking = false;
  private waits = false;
  private failures = 0;
  private address = "";

  constructor(private readonly means: PartMeans<T>) {}

  /** Wanted from now on. Called often. */
  fetch(): void {
    if (!this.waits) this.ask();
  }

  /** A person does not want to wait for the next try. */
  again(): void {
    this.ask();
  }

  private ask(): void {
    if (this.asking || this.here.peek()) return;
    this.asking = true;
    const fresh = this.address && `${this.address}?again=${this.failures}`;
    const part = fresh ? this.means.loadFrom(fresh) : this.means.load();
    part.then((here) => this.came(here), (error: unknown) => this.failed(error));
  }

  private came(here: T): void {
    this.asking = false;
    this.missing.value = false;
    this.here.value = here;
  }

  private failed(error: unknown): void {
    this.asking = false;
    this.address ||= addressIn(error);
    const pause = AGAIN_AFTER_MS[Math.min(this.failures, AGAIN_AFTER_MS.length - 1)] ?? 0;
    this.failures += 1;
    this.missing.value = true;
    if (this.waits) return; // a person's try between two of ours
    this.waits = true;
    this.means.wait(() => {
      this.waits = false;
      this.ask();
    }, pause);
  }
}
