import type { ScreenView, Speaker } from "../generated/wire";
import type { Hindrance } from "../session/watchRule";
import type { Key, Values } from "./words";

/** Why the room is not seen, as far as the service says; null: it is worth asking the robot. Pure. */
export function screensHindrance(view: ScreenView | null, live: boolean): Hindrance | null {
  if (!live || !view) return "offline";
  if (view.room === "open") return null;
  return view.room === "break" ? "private" : view.room;
}

/** What is said where the picture would be; null: it is there. Pure. */
export function roomWords(view: ScreenView, shown: Hindrance | null): Key | null {
  if (shown === "offline") return "room.offline";
  if (view.room !== "open") return `room.${view.room}`;
  if (shown === null) return null;
  return shown === "full" ? "room.full" : "room.trying";
}

export interface Said {
  readonly key: Key;
  readonly values: Values;
}

/** A person in the words of another municipality. Pure. */
export function whoWords({ where, name = "" }: Speaker): Said {
  return name ? { key: "who.named", values: { name, where } } : { key: "who.nameless", values: { where } };
}

/** Whether those at the screen hear who speaks; null where nobody has the floor. Pure. */
export function heardWords(view: ScreenView, sound: boolean): Key | null {
  if (!view.speaker || view.room !== "open") return null;
  if (!view.heard) return "speaker.unheard";
  return sound ? "speaker.heard" : null;
}
