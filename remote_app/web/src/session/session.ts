import { effect } from "@preact/signals";
import type { FromPage, SetPoint } from "../generated/wire";
import { language } from "../i18n";
import { late } from "../parts";
import * as store from "../store";
import { StayAwake } from "./awake";
import { Commands } from "./commands";
import { keepCompanion } from "./companion";
import { microphoneIsAllowed, soundBothWays, whenLookedAt, whenNetworkChanges } from "./device";
import { Handover } from "./handover";
import { Inbox } from "./inbox";
import { askLink, linkRefused } from "./link";
import { clearPicture, picture, unlockPicture, videoTakesOver } from "./picture";
import { IN_THE_SEAT, type Step, UNTOUCHED_BY_LINK, WITH_PICTURE } from "./phase";
import { Supervisor } from "./policy";
import { RescueGate } from "./rescueGate";
import { PageSocket, TAKEN_BY_SAME_TAB } from "./socket";
import { Sharp } from "./sharp";
import { type Carrier, Steering } from "./steering";
import { Texts } from "./texts";
import { BEAT_EVERY_MS, KNOCK_EVERY_MS, LATE_PARTS_AFTER_MS, STEER_TICK_MS, TELEPHONE_AFTER_MS, TICK_MS } from "./timing";
import { Voice } from "./voice";
import { Wishes } from "./wishes";

/** One person's stay in the room: carries out what the supervisor decides, and what the person does. */
export class Session {
  readonly voice: Voice = new Voice((track) => {
    this.media.setVoice();
    this.rescue.setVoice(track);
  });
  readonly steering = new Steering({ carrier: () => this.carrier(), send: (point) => this.sendSetPoint(point) });
  readonly supervisor = new Supervisor();
  readonly texts: Texts = new Texts({
    open: () => this.supervisor.socketLive && (this.texts.aside || IN_THE_SEAT.has(store.phase.peek())),
    send: (message) => this.send(message),
  });
  readonly wishes: Wishes = new Wishes(() => this.commands, () => this.tick(), () => this.texts.finish());
  private readonly awake = new StayAwake();
  private readonly media: Handover = new Handover(() => this.voice.track, {
    opened: () => this.mediaOpened(),
    heard: () => this.mediaHeard(),
    pose: (pose) => this.steering.poseCame(pose, performance.now()),
    still: (message) => this.sharp.came(message),
    closed: () => this.supervisor.mediaClosed(performance.now()),
    failed: () => this.supervisor.mediaFailed(performance.now()),
  });
  private readonly rescue: RescueGate = new RescueGate(this.supervisor.rescue, this.steering, {
    word: (word) => this.send(word),
    frame: (bytes) => this.socket?.sendFrame(bytes),
    came: () => this.roomCame(),
  });
  readonly sharp: Sharp = new Sharp(() => this.commands, () => this.media);
  readonly inbox = new Inbox(this.supervisor, this.wishes, this.steering, this.media, this.sharp.intent, this.texts);
  private socket: PageSocket | null = null;
  private timers: number[] = [];
  private readonly commands = new Commands((message) => this.send(message));
  private beatAt = 0;
  private knockAt = -Infinity;
  private quietSince = 0;

  constructor(readonly token: string) {
    whenLookedAt(() => this.lookedAt());
    whenNetworkChanges(() => this.networkChanged());
    effect(() => {
      if (linkRefused(store.link.value) && !UNTOUCHED_BY_LINK.has(store.phase.value)) this.refused();
    });
  }

  /** Before the tap: what takes time and asks nobody. */
  async prepare(): Promise<void> {
    if (!this.inside && (await microphoneIsAllowed()) && !this.inside) this.media.prepare();
  }

  /** The one tap: microphone, sound, screen, connection. */
  async join(): Promise<void> {
    this.voice.unlock();
    this.rescue.unlock();
    unlockPicture();
    soundBothWays();
    keepCompanion();
    this.start();
    const heard = store.goesWithoutMicrophone.value || (await this.voice.open());
    if (heard === undefined) return; // the person went while the tablet asked
    if (heard) this.supervisor.allow();
    else this.turnBack();
    this.tick();
  }

  /** The person goes on without a microphone. */
  async joinSilently(): Promise<void> {
    store.goesWithoutMicrophone.value = true;
    await this.join();
  }

  leave(): void {
    this.rescue.end(performance.now()); // a word after the next one is not heard
    this.socket?.send({ type: "leave" });
    this.supervisor.leave();
    this.voice.close();
    this.end();
  }

  /** The link does not open the room any more: nothing is captured and nothing tried. */
  private refused(): void {
    if (!this.inside) return;
    this.socket?.send({ type: "leave" }); // the robot need not wait for us
    this.voice.close();
    this.turnBack();
  }

  /** The person did not come in after all: the page before the room says why. */
  private turnBack(): void {
    this.supervisor.turnBack();
    this.end();
  }

  private end(): void {
    this.timers.forEach(clearInterval);
    this.timers = [];
    this.rescue.end(performance.now());
    this.media.forgetPrepared();
    this.media.drop();
    this.closeMedia();
    this.steering.forget();
    this.socket?.close();
    this.socket = null;
    this.wishes.reset();
    this.texts.forget();
    this.sharp.intent.close();
    clearPicture();
    void this.awake.release();
    store.robot.value = store.pose.value = store.queue.value = null;
    store.closeSheets();
    this.show(performance.now());
  }

  private get inside(): boolean {
    return this.timers.length > 0;
  }

  /** The person lifts what keeps them out: takes the seat, tries again, or asks to be let in. */
  takeOver(): void {
    this.knockAt = -Infinity;
    this.supervisor.takeOver(performance.now());
    this.tick();
  }

  /** The seat is free: whoever was quicker keeps it. */
  enterFree(): void {
    this.supervisor.takeOver(performance.now(), false);
    this.tick();
  }

  private start(): void {
    const now = performance.now();
    this.supervisor.join(now);
    this.quietSince = now;
    void this.awake.hold();
    this.timers.push(
      window.setInterval(() => this.tick(), TICK_MS),
      window.setInterval(() => this.steering.tick(performance.now()), STEER_TICK_MS),
    );
    this.tick();
  }

  private tick(): void {
    if (!this.inside) return;
    const now = performance.now();
    const wasLive = this.supervisor.mediaLive;
    for (const step of this.supervisor.step(now)) this.carryOut(step);
    if (!this.supervisor.mediaComing) this.media.drop();
    if (!this.supervisor.mediaHeld) this.closeMedia();
    if (wasLive && !this.supervisor.mediaLive) this.steering.forget();
    else if (this.supervisor.mediaLive) videoTakesOver();
    if (this.supervisor.inRoom || now - this.quietSince >= LATE_PARTS_AFTER_MS) late.fetch();
    this.rescue.keep(now);
    if (now - this.beatAt >= BEAT_EVERY_MS) this.beat(now);
    if (this.supervisor.phase() === "waiting" && now - this.knockAt >= KNOCK_EVERY_MS) this.knock(now);
    if (this.supervisor.socketLive) this.wishes.keep(now);
    this.texts.keep();
    this.show(now);
  }

  private carryOut(step: Step): void {
    if (step.do === "open_socket") this.openSocket();
    else if (step.do === "open_media") void this.openMedia(step.replace);
    else if (step.do === "drop_media") this.media.drop();
    else if (step.do === "close_media") this.closeMedia();
    else this.socket?.close();
  }

  private openSocket(): void {
    this.socket = new PageSocket(this.token, {
      message: (message) => {
        this.inbox.take(message, performance.now());
        this.tick();
      },
      frame: (bytes) => {
        this.supervisor.socketHeard(performance.now());
        this.rescue.take(bytes, performance.now());
      },
      closed: (code) => this.socketClosed(code),
    });
  }

  private socketClosed(code: number): void {
    const now = performance.now();
    if (code === TAKEN_BY_SAME_TAB) this.supervisor.socketTaken(now);
    else this.supervisor.socketClosed(now);
    this.tick();
    askLink(this.token); // the link may have been withdrawn
  }

  private async openMedia(replace: boolean): Promise<void> {
    const sdp = await this.media.open();
    if (sdp === undefined || !this.supervisor.mediaComing) return;
    const sent_ms = performance.now();
    const sent = sdp && this.send({ type: "connect", sdp, language: language(), companion: store.companion.peek(), replace, sent_ms });
    if (sent) this.media.asked(sent_ms);
    else this.supervisor.mediaFailed(performance.now());
  }

  private mediaOpened(): void {
    this.supervisor.mediaOpened(performance.now());
    this.roomCame();
  }

  private mediaHeard(): void {
    const wasLost = !this.supervisor.mediaLive;
    this.supervisor.mediaHeard(performance.now());
    if (wasLost) this.roomCame();
  }

  private roomCame(): void {
    this.wishes.reassert();
    this.texts.reassert();
    this.tick();
  }

  private closeMedia(): void {
    this.sharp.intent.lineLost();
    if (this.media.close()) this.steering.forget();
  }

  private networkChanged(): void {
    this.media.forgetPrepared();
    this.supervisor.networkChanged(performance.now());
    this.tick();
  }

  private lookedAt(): void {
    if (!this.inside) return;
    this.supervisor.wake(performance.now());
    void this.awake.again();
    void this.voice.reopen();
    if (picture.srcObject) void picture.play().catch(() => (store.soundBlocked.value = true));
    this.tick();
  }

  private beat(now: number): void {
    this.beatAt = now;
    this.media.report();
    if (!this.media.ping(now) || !this.supervisor.mediaLive) this.send({ type: "beat", sent_ms: now });
  }

  private knock(now: number): void {
    if (this.send({ type: "knock", companion: store.companion.value })) this.knockAt = now;
  }

  private carrier(): Carrier {
    if (this.media.steers && this.supervisor.mediaLive) return "motion";
    return this.supervisor.socketLive ? "service" : "none";
  }

  private sendSetPoint(point: SetPoint): void {
    if (this.carrier() !== "motion" || !this.media.sendSetPoint(point)) this.send(point);
  }

  /** True when the message is on its way to the service. */
  send(message: FromPage): boolean {
    return this.socket?.send(message) ?? false;
  }

  private show(now = performance.now()): void {
    const phase = this.supervisor.phase();
    if (phase === "room") this.quietSince = now;
    else store.numbersShown.value = store.moreShown.value = store.faultsShown.value = false; // they cover words
    if (!WITH_PICTURE.has(phase)) {
      this.sharp.intent.close(); // nothing of the room stays where it cannot be seen
      if (picture.srcObject) clearPicture();
    }
    store.phase.value = phase;
    const onTheWay = this.supervisor.socketLive ? "robot" : "service";
    store.joining.value = this.supervisor.waitsForPerson ? "microphone" : onTheWay;
    this.wishes.show(now);
    this.sharp.tick(now);
    store.waitsLong.value = now - this.quietSince >= TELEPHONE_AFTER_MS;
  }
}
