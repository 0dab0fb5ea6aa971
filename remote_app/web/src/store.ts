import { type Signal, signal } from "@preact/signals";
import type {
  GestureName, IceSetup, LinkInfo, LinkRefused, QueuePlace, RobotState, StartInfo, TextLine, Welcome,
} from "./generated/wire";
import type { HandShown } from "./session/hand";
import type { Relay } from "./session/ice";
import type { NoMicrophone } from "./session/microphone";
import type { Opening } from "./session/opening";
import type { Phase } from "./session/phase";
import type { RescueShown } from "./session/rescue";
import type { SpeechShown } from "./session/speech";
import type { StillShown } from "./session/still";
import type { Angles, Side } from "./view/geometry";
import type { StepsShown } from "./view/steps";

/** Everything that the page shows, as it is now. The session writes, the screens read. */

export type LinkShown = "asking" | "unreachable" | LinkInfo | LinkRefused;
export type MicrophoneShown =
  | { readonly kind: "on" | "off" | "asking" }
  | { readonly kind: "missing"; readonly why: NoMicrophone };

export const link = signal<LinkShown>("asking");
/** When the link opens, while it is too early for it. */
export const opening = signal<Opening | null>(null);
/** The page went over to *Bli med* while somebody waited. */
export const openedByItself = signal(false);
/** The person tries sound, microphone and line before going in. */
export const trying = signal(false);
/** Whose service it is, for somebody without a link. */
export const start = signal<StartInfo | null>(null);
export const phase = signal<Phase>("idle");
export const joining = signal<"microphone" | "service" | "robot">("microphone");
export const microphone = signal<MicrophoneShown>({ kind: "off" });
export const goesWithoutMicrophone = signal(false);
export const welcome = signal<Welcome | null>(null);
export const ice = signal<IceSetup | null>(null);
export const relay = signal<Relay>("unnamed");
export const robot = signal<RobotState | null>(null);
export const rescue = signal<RescueShown | null>(null);
export const holder = signal("");
/** This tablet looks on while another one of the seat steers: it came that way, or gave the steering away. */
export const beside = signal<"no" | "came" | "gave">("no");
/** Who sits beside the person, as they wrote it. */
export const companion = signal("");
export const waitedS = signal(0);
export const queue = signal<QueuePlace | null>(null);
export const hand = signal<HandShown>("down");
export const listening = signal(false);
export const listeningAsked = signal(false);
export const speech = signal<SpeechShown>("quiet");
export const gesture = signal<SpeechShown>("quiet");
export const gestureName = signal<GestureName>("nod");
export const still = signal<StillShown>({ kind: "closed" });
export const draft = signal("");
/** What person and leader have written in this session. */
export const lines = signal<readonly TextLine[]>([]);
/** What others have finished, for a screen reader; the newest last. */
export const textNews = signal<readonly TextLine[]>([]);
/** The newest line that the person has put away, see `words/text.ts`. */
export const textRead = signal("");
/** What was written does not get through. */
export const textLate = signal(false);
export const textsShown = signal(false);
export const writing = signal(false);
export const numbersShown = signal(false);
export const moreShown = signal(false);
export const faultsShown = signal(false);
export const placesShown = signal(false);
export const pose = signal<Angles | null>(null);
export const goal = signal<Angles | null>(null);
export const limitHit = signal<Side | null>(null);
/** Over a slow line the head turns one step at a time. */
export const steps = signal<StepsShown>("off");
export const soundBlocked = signal(false);
export const waitsLong = signal(false);

export function closeSheets(): void {
  for (const shown of [writing, numbersShown, moreShown, faultsShown, textsShown, placesShown]) shown.value = false;
}

/** Opens one sheet in place of any other, or closes it. */
export function toggleSheet(shown: Signal<boolean>): void {
  const open = !shown.value;
  closeSheets();
  shown.value = open;
}
