import type { TextLine } from "../generated/wire";
import { readable } from "../session/text";
import { stateOf } from "./text";

/** The newest line that others wrote and the person has not put away; null when there is none. */
export function unread(lines: readonly TextLine[], writer: string, read: string): TextLine | null {
  const newest = readable(lines).findLast((line) => line.writer !== writer && line.author === "leader");
  return newest && stateOf(newest) !== read ? newest : null;
}

const MOST_OVER_PICTURE = 100; // characters: three lines, and the picture can still be seen

/** The end of a long line, which is where it is being written; all of it stands in the log. */
export function tail(text: string): string {
  const letters = [...text.trimEnd()];
  return letters.length <= MOST_OVER_PICTURE ? text.trimEnd() : `… ${letters.slice(-MOST_OVER_PICTURE).join("").trimStart()}`;
}
