import type { GestureName } from "../generated/wire";
import type { Key } from "../i18n";
import type { SpeechShown } from "../session/speech";

/** What became of the gesture that the robot was asked for; null when there is none. */
export function gestureWords(shown: SpeechShown, name: GestureName): Key | null {
  if (shown === "quiet") return null;
  if (shown === "asking") return "write.asking";
  return shown === "failed" ? "gesture.failed" : `gesture.${name}.${shown}`;
}
