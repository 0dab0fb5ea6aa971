import type { Act, GestureName, Reply, RobotState } from "../generated/wire";
import { language } from "../i18n";
import * as store from "../store";
import type { Commands } from "./commands";
import { HandIntent, SwitchIntent } from "./hand";
import { SpeechIntent } from "./speech";

/** What the person asked the robot for: hand, listening only, a sentence, a gesture; and what became of each. */
export class Wishes {
  private readonly hand = new HandIntent();
  private readonly listening = new SwitchIntent();
  private readonly speech = new SpeechIntent();
  private readonly gesture = new SpeechIntent(); // it too is asked for once, and takes its time

  constructor(
    private readonly commands: () => Commands,
    private readonly changed: () => void,
    private readonly said: () => void,
  ) {}

  toggleHand(): void {
    this.hand.toggle();
    this.changed();
  }

  toggleListening(): void {
    this.listening.toggle();
    this.changed();
  }

  say(text: string): void {
    this.once(this.speech, { type: "speak", text, language: language() });
  }

  make(gesture: GestureName): void {
    store.gestureName.value = gesture;
    this.once(this.gesture, { type: "make_gesture", gesture });
  }

  /** What somebody else keeps asking for, see `choices.ts` and `setting.ts`. */
  ask(action: Act["action"]): void {
    this.commands().act(action);
  }

  /** The person writes again. */
  edited(): void {
    this.speech.clear();
  }

  /** The sheet with the gestures was closed. */
  forgetGesture(): void {
    this.gesture.clear();
  }

  /** The session came back after a break. */
  reassert(): void {
    this.hand.reassert();
    this.listening.reassert();
  }

  reset(): void {
    this.hand.reset();
    this.listening.reset();
  }

  heartbeat(state: RobotState, now: number): void {
    this.hand.heartbeat(state.hand.raised, now);
    this.listening.heartbeat(state.listening, now);
  }

  reply(message: Reply, now: number): void {
    if (message.type === "refused") {
      this.speech.refused(message.id);
      this.gesture.refused(message.id);
      return;
    }
    const { applied, id } = message;
    if (applied.type === "hand_applied") this.hand.applied(applied.raised, now);
    else if (applied.type === "listen_applied") this.listening.applied(applied.on, now);
    else if (applied.type === "gesture_made") this.gesture.queued(id, applied.duration_s, now);
    else if (applied.type === "speech_queued" && this.speech.queued(id, applied.duration_s, now)) {
      this.said(); // before the field is emptied, which else would erase the line
      store.draft.value = "";
    }
  }

  /** Asks for what is not confirmed, as long as there is a line. */
  keep(now: number): void {
    const raised = this.hand.next(now);
    if (raised !== null) this.commands().act({ type: "raise_hand", raised });
    const on = this.listening.next(now);
    if (on !== null) this.commands().act({ type: "listen_only", on });
  }

  show(now: number): void {
    store.hand.value = this.hand.shown;
    store.listening.value = this.listening.on;
    store.listeningAsked.value = this.listening.pending;
    store.speech.value = this.speech.shown(now);
    store.gesture.value = this.gesture.shown(now);
  }

  private once(intent: SpeechIntent, action: Act["action"]): void {
    const id = this.commands().act(action);
    if (id) intent.ask(id, performance.now());
    else intent.unsent();
    this.changed();
  }
}
