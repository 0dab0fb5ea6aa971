import type { Point } from "./geometry";

const DRAG_FROM_PX = 8; // less is a tap by a hand that trembles

export interface Turns {
  tap(spot: Point, now: number): void;
  grab(spot: Point, now: number): void;
  drag(spot: Point, now: number): void;
  release(): void;
}

/**
 * What fingers, a pen or a mouse on the picture mean. One that comes and goes is a tap, told when it goes: until then it
 * may become a drag. One that moves drags, from where it came down. Two are neither: who pinches does not turn the head.
 */
export class Fingers {
  private readonly down = new Set<number>();
  private one: { readonly id: number; readonly spot: Point; drags: boolean } | null = null;

  constructor(private readonly turns: Turns) {}

  /** `first`: the browser knows of no other, so that one whose end was never told is over. */
  press(id: number, spot: Point, first: boolean): void {
    if (first) this.down.clear();
    this.down.add(id);
    this.letGo();
    if (this.down.size === 1) this.one = { id, spot, drags: false };
  }

  move(id: number, spot: Point, now: number): void {
    const { one } = this;
    if (one?.id !== id) return;
    if (!one.drags) {
      if (Math.hypot(spot.x - one.spot.x, spot.y - one.spot.y) < DRAG_FROM_PX) return;
      one.drags = true;
      this.turns.grab(one.spot, now);
    }
    this.turns.drag(spot, now);
  }

  /** `meant`: by the person; else the browser took it away. */
  lift(id: number, meant: boolean, now: number): void {
    this.down.delete(id);
    const { one } = this;
    if (one?.id !== id) return;
    this.letGo();
    if (meant && !one.drags) this.turns.tap(one.spot, now);
  }

  private letGo(): void {
    if (this.one?.drags) this.turns.release();
    this.one = null;
  }
}
