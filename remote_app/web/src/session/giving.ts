import { effect } from "@preact/signals";
import type { Watcher } from "../generated/wire";
import { beside, phase, robot } from "../store";
import type { Phase } from "./phase";

const WITHOUT_A_WORD: ReadonlySet<Phase> = new Set(["reconnecting", "blocked"] as const);

/** The seat's other tablets that look on and can be handed the steering, each by its connection. */
export function tablets(watchers: readonly Watcher[]): { readonly name: string; readonly to: string }[] {
  return watchers.flatMap(({ role, name, connection, seeing }) =>
    role === "companion" && seeing && connection ? [{ name, to: connection }] : [],
  );
}

/** Whether whoever loses the steering stays and looks on: another tablet of the seat was there to take it. */
export class Giving {
  private toSomebody = false;

  look(now: Phase, watchers: readonly Watcher[]): boolean {
    if (now === "room") this.toSomebody = tablets(watchers).length > 0;
    else if (now === "replaced" || now === "elsewhere") return this.toSomebody;
    else if (!WITHOUT_A_WORD.has(now)) this.toSomebody = false;
    return false;
  }
}

const giving = new Giving();

/** From now on the page goes over to looking on by itself. */
export function followGiving(): void {
  effect(() => {
    if (giving.look(phase.value, robot.value?.watchers ?? []) && beside.peek() === "no") beside.value = "gave";
  });
}
