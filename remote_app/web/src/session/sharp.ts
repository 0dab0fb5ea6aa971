import type { StillHeader } from "../generated/wire";
import * as store from "../store";
import type { Commands } from "./commands";
import type { Handover } from "./handover";
import { StillIntent } from "./still";

/** The sharp picture of the board in this session: what comes of it is shown at once. */
export class Sharp {
  readonly intent: StillIntent;

  constructor(commands: () => Commands, media: () => Handover) {
    this.intent = new StillIntent({
      act: (wish) => commands().act(wish),
      cancel: (request) => media().cancelStill(request),
      open: (data) => createImageBitmap(data),
    });
  }

  change(act: (still: StillIntent, now: number) => void): void {
    act(this.intent, performance.now());
    this.show();
  }

  came(message: StillHeader | ArrayBuffer): void {
    if (message instanceof ArrayBuffer) void this.intent.chunkCame(message, performance.now()).then(() => this.show());
    else this.intent.headerCame(message, performance.now());
    this.show();
  }

  tick(now: number): void {
    this.intent.tick(now);
    this.show();
  }

  private show(): void {
    store.still.value = this.intent.shown;
  }
}
