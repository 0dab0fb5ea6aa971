import type { CameraView, Pose, SetPoint } from "../generated/wire";
import * as store from "../store";
import * as g from "../view/geometry";
import { GoalStream, type Measured } from "../view/goal";
import { PoseTrail } from "../view/poses";
import { StepMode } from "../view/steps";
import { Alarm } from "./alarm";
import { LIMIT_SHOWN_MS, SET_POINT_BY_SERVICE_MS, STEER_TICK_MS, VIDEO_LAG_MS } from "./timing";

export type Carrier = "motion" | "service" | "none";

export interface Road {
  /** Which way set-points can go now. */
  carrier(): Carrier;
  send(point: SetPoint): void;
}

const EASE_MS = 70; // an arrow's step is seen to move, and is on its way within two frames
const SETTLED_PX = 0.5;
const POSE_SHOWN_DEG = 0.1; // a head that stands differs by less, thirty times a second
const EVERYWHERE: g.Limits = { pan_min_deg: -175, pan_max_deg: 175, tilt_min_deg: -25, tilt_max_deg: 40 };
const USUAL_VIEW: CameraView = { width: 1280, height: 720, hfov_deg: 78 };

/** Turns taps, drags and steps into goals for the head, and says how far the picture is panned meanwhile. */
export class Steering {
  private readonly stream = new GoalStream(Date.now()); // higher than an earlier page's of this seat
  private readonly trail = new PoseTrail();
  private readonly steps = new StepMode();
  private measured: Measured | null = null;
  private shown: g.Angles | null = null;
  private grabbed: { readonly direction: g.Angles; wish: g.Angles | null } | null = null; // the wish: in steps
  private limitUntil = 0;
  private picture: g.Size = { width: 0, height: 0 };
  private stillFrom: number | null = null;
  private readonly alarm = new Alarm(() => this.tick(performance.now()));

  constructor(private readonly road: Road) {}

  get limits(): g.Limits {
    return store.robot.value?.limits ?? EVERYWHERE;
  }

  get view(): CameraView {
    return store.robot.value?.view ?? USUAL_VIEW;
  }

  private get lens(): g.Lens {
    return g.lens(this.picture, this.view.hfov_deg);
  }

  /** The size at which the picture is drawn, in CSS pixels. */
  drawnAt(size: g.Size): void {
    this.picture = size;
  }

  /** What is shown is a still, of the time at which a pose of then would have come; null: it moves. */
  showsStill(from: number | null): void {
    this.stillFrom = from;
  }

  /** The round trip as the robot last measured it, in ms; null when it did not. */
  lineIs(rttMs: number | null, now: number): void {
    this.steps.heard(rttMs, now);
  }

  poseCame(pose: Pose, now: number): void {
    this.measured = { pan: pose.pan_deg, tilt: pose.tilt_deg, seq: pose.seq, atLimit: pose.at_limit };
    this.trail.add(this.measured, now);
    const told = store.pose.value;
    if (!told || g.apart(this.measured, told) >= POSE_SHOWN_DEG) store.pose.value = this.measured;
  }

  /** The head looks at the spot of the picture that was tapped (from the middle of the stage). */
  tap(spot: g.Point, now: number): void {
    const seen = this.seen(now);
    const moved = this.offset(now);
    const inPicture = { x: spot.x - moved.x, y: spot.y - moved.y };
    this.aim(g.directionOf(this.lens, seen, inPicture), now);
  }

  grab(spot: g.Point, now: number): void {
    if (this.steps.turning) return; // what is grabbed would slip away under the finger
    this.grabbed = { direction: g.directionOf(this.lens, this.shown ?? this.seen(now), spot), wish: null };
  }

  /** What was grabbed stays under the finger; in steps the head follows when it is let go. */
  drag(spot: g.Point, now: number): void {
    if (!this.grabbed) return;
    const near = this.grabbed.wish ?? this.stream.current ?? this.seen(now);
    const wish = g.cameraFor(this.lens, this.grabbed.direction, spot, near);
    this.grabbed.wish = this.steps.on ? wish : null;
    if (this.steps.on) this.shown = store.goal.value = g.withinLimits(this.limits, wish);
    else {
      this.aim(wish, now);
      this.shown = this.stream.current;
    }
  }

  release(now = performance.now()): void {
    const wish = this.grabbed?.wish;
    this.grabbed = null;
    if (wish) this.aim(wish, now);
  }

  step(by: g.Angles, now: number): void {
    const from = this.stream.current ?? this.measured ?? { pan: 0, tilt: 0 };
    const { pan, tilt } = this.steps.stepOf(by);
    this.aim({ pan: from.pan + pan, tilt: from.tilt + tilt }, now);
  }

  /** To a place that is known by its angles. */
  lookAt(place: g.Angles, now: number): void {
    this.aim(place, now);
  }

  /** Forgets the goal: the line is gone, and what was wanted then is stale. */
  forget(): void {
    this.stream.drop();
    this.steps.forget();
    this.grabbed = this.shown = null;
    store.goal.value = null;
  }

  /** Sends what is due. Called often; the pace is kept here, and what is due sooner than that comes by itself. */
  tick(now: number): void {
    this.stream.settle(this.measured, now);
    this.steps.settle(this.measured, now);
    store.goal.value = this.grabbed?.wish ? this.shown : this.stream.current;
    store.steps.value = this.steps.shown;
    if (now >= this.limitUntil) store.limitHit.value = null;
    this.sendIfDue(now);
  }

  /** How far the picture is panned now; null when it is at rest. `elapsed` is the time since the last frame. */
  frame(now: number, elapsed: number, easing: boolean): g.Point | null {
    if (!this.grabbed) this.shown = easing ? this.eased(now, 1 - Math.exp(-elapsed / EASE_MS)) : null;
    if (!this.shown) return null;
    const offset = this.offset(now);
    if (this.stream.current || this.grabbed || Math.hypot(offset.x, offset.y) >= SETTLED_PX) return offset;
    this.shown = null;
    return null;
  }

  /** What is shown, a part of the way nearer to the goal, or without one to where the head looks. */
  private eased(now: number, part: number): g.Angles | null {
    const seen = this.seen(now);
    const target = this.stream.current ?? seen;
    const from = this.shown ?? seen;
    return { pan: from.pan + (target.pan - from.pan) * part, tilt: from.tilt + (target.tilt - from.tilt) * part };
  }

  private seen(now: number): g.Angles {
    return this.trail.at(this.stillFrom ?? now - VIDEO_LAG_MS) ?? this.measured ?? { pan: 0, tilt: 0 };
  }

  private offset(now: number): g.Point {
    return this.shown ? g.shift(this.lens, this.seen(now), this.shown) : { x: 0, y: 0 };
  }

  private aim(wish: g.Angles, now: number): void {
    const goal = g.withinLimits(this.limits, wish);
    if (this.road.carrier() === "none" || !this.steps.take(goal, this.stream.upcoming, now)) return;
    this.stream.aim(goal, now);
    this.sendIfDue(now); // before what is shown of it
    const side = g.sideOfLimit(this.limits, wish);
    if (side) this.limitUntil = now + LIMIT_SHOWN_MS;
    store.limitHit.value = side;
    store.goal.value ??= this.stream.current; // a finger's next ones are shown as they are sent
  }

  private sendIfDue(now: number): void {
    const carrier = this.road.carrier();
    if (carrier === "none") return;
    const apart = carrier === "motion" ? 0 : SET_POINT_BY_SERVICE_MS;
    const point = this.stream.next(now, apart);
    if (point) {
      const { pan, tilt, seq } = point;
      this.road.send({ type: "set_point", pan_deg: pan, tilt_deg: tilt, seq, sent_ms: now });
      store.goal.value = this.stream.current;
    }
    const wait = this.stream.dueAt(apart) - now;
    if (wait < STEER_TICK_MS) this.alarm.set(Math.ceil(wait));
    else this.alarm.clear();
  }
}
