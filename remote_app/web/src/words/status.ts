import type { Fault, RobotState } from "../generated/wire";
import type { Key } from "../i18n";
import type { HandShown } from "../session/hand";
import type { Phase } from "../session/phase";
import type { RescueShown } from "../session/rescue";
import type { SpeechShown } from "../session/speech";
import type { Side } from "../view/geometry";

/** There is none yet, though there will be; or this browser cannot. */
export type VoiceRoad = "open" | "opening" | "none";

/** Where picture and sound are there the microphone goes along; beside still pictures it has a road of its own. */
export function voiceRoad(phase: Phase, rescue: RescueShown | null): VoiceRoad {
  return rescue?.voice ?? (phase === "room" ? "open" : "opening");
}

export interface Situation {
  readonly hand: HandShown;
  readonly microphone: "on" | "off" | "asking" | "missing";
  readonly robot: RobotState | null;
  readonly limit: Side | null;
  /** Whether the microphone has a way into the room now. */
  readonly road?: VoiceRoad;
}

/** A relay that does not work touches nobody whose picture comes through; where it does not, the page says so itself. */
type Told = Exclude<Fault, "relay">;

const BY_WEIGHT: readonly Told[] = [
  "camera",
  "microphone",
  "head_hot",
  "head_power",
  "head",
  "head_blocked",
  "speech",
  "head_board",
  "battery_low",
];

/** What is said of the hand; null while it is down. "Seen" and "your turn" are the leader's words. */
export function handWords(hand: HandShown, robot: RobotState | null): Key | null {
  if (hand === "down") return null;
  if (hand !== "up") return `status.hand.${hand}`;
  if (robot?.hand.floor) return "status.hand.floor";
  return robot?.hand.seen ? "status.hand.seen" : "status.hand.up";
}

function faultWords(robot: RobotState | null): Key | null {
  const worst = BY_WEIGHT.find((fault) => robot?.faults.includes(fault));
  return worst ? `status.fault.${worst}` : null;
}

/** What the robot's own microphone says of its voice, unless it has said too little to tell. */
function heardWords({ microphone, robot, road }: Situation): Key {
  if (road === "none") return "status.dumb";
  if (microphone === "on") {
    if (road === "opening") return "status.unsent";
    const hearing = robot?.heard?.hearing;
    return hearing === "not_heard" || hearing === "faint" ? `status.${hearing}` : "status.heard";
  }
  return microphone === "missing" ? "status.no_microphone" : "status.unheard";
}

/** What became of the sentence that the robot was asked to say; null when there is none. */
export function speechWords(speech: SpeechShown): Key | null {
  return speech === "quiet" ? null : `write.${speech}`;
}

/** The line of words in the room: what matters most first, at most two. */
export function statusWords(now: Situation): Key[] {
  const words = [
    now.limit ? (`status.limit.${now.limit}` as const) : null,
    handWords(now.hand, now.robot),
    faultWords(now.robot),
    now.robot?.speaking ? ("status.speaking" as const) : null,
    heardWords(now),
  ];
  return words.filter((word) => word !== null).slice(0, 2);
}
