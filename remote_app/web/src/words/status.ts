import type { QueuePlace, RobotState } from "../generated/wire";
import type { Key } from "../i18n";
import type { HandShown } from "../session/hand";
import type { Phase } from "../session/phase";
import type { RescueShown } from "../session/rescue";
import type { SpeechShown } from "../session/speech";
import type { MicrophoneShown } from "../store";
import type { Side } from "../view/geometry";
import type { StepsShown } from "../view/steps";
import { stepWords } from "./steps";

/** There is none yet, though there will be; or this browser cannot. */
export type VoiceRoad = "open" | "opening" | "none";

/** Where picture and sound are there the microphone goes along; beside still pictures it has a road of its own. */
export function voiceRoad(phase: Phase, rescue: RescueShown | null): VoiceRoad {
  return rescue?.voice ?? (phase === "room" ? "open" : "opening");
}

export type MicrophoneKind = MicrophoneShown["kind"] | "taken";

/** A telephone call takes it for a while, which is another thing than not to be allowed it. */
export function microphoneKind(shown: MicrophoneShown): MicrophoneKind {
  return shown.kind === "missing" && shown.why === "taken" ? "taken" : shown.kind;
}

export interface Situation {
  readonly hand: HandShown;
  readonly microphone: MicrophoneKind;
  readonly robot: RobotState | null;
  /** Where the raised hand stands among those of all robots. */
  readonly queue?: QueuePlace | null;
  readonly limit: Side | null;
  readonly steps?: StepsShown;
  /** The blue light asks the room not to address the person. */
  readonly listening?: boolean;
  /** Whether the microphone has a way into the room now. */
  readonly road?: VoiceRoad;
}

/**
 * What is said of hand and floor; null while there is nothing to say. "Seen" and "your turn" are the leader's words. A
 * place is told where others wait too: to be the only one is no queue.
 */
export function handWords(hand: HandShown, robot: RobotState | null, queue: QueuePlace | null = null): Key | null {
  if (robot?.hand.floor && (hand === "down" || hand === "up")) return "status.hand.floor";
  if (hand === "down") return null;
  if (hand !== "up") return `status.hand.${hand}`;
  const how = robot?.hand.seen ? "seen" : "up";
  return queue && queue.place > 0 && queue.of > 1 ? `status.hand.${how}_place` : `status.hand.${how}`;
}

/** What the robot's own microphone says of its voice, unless it has said too little to tell. */
function heardWords({ microphone, robot, road }: Situation): Key {
  if (robot?.faults.includes("microphone")) return "status.deaf";
  if (road === "none") return "status.dumb";
  if (microphone === "on") {
    if (road === "opening") return "status.unsent";
    const hearing = robot?.heard?.hearing;
    return hearing === "not_heard" || hearing === "faint" ? `status.${hearing}` : "status.heard";
  }
  if (microphone === "taken") return "status.taken";
  return microphone === "missing" ? "status.no_microphone" : "status.unheard";
}

/** What became of the sentence that the robot was asked to say; null when there is none. */
export function speechWords(speech: SpeechShown): Key | null {
  return speech === "quiet" ? null : `write.${speech}`;
}

/** The line of words in the room: what matters most first, at most two. */
export function statusWords(now: Situation): Key[] {
  const steps = now.steps ?? "off";
  const words = [
    now.limit ? (`status.limit.${now.limit}` as const) : null,
    steps === "turning" ? stepWords(steps) : null,
    handWords(now.hand, now.robot, now.queue),
    now.listening ? ("status.listening" as const) : null,
    now.robot?.speaking ? ("status.speaking" as const) : null,
    steps === "ready" ? stepWords(steps) : null,
    heardWords(now),
  ];
  return words.filter((word) => word !== null).slice(0, 2);
}
