import type { TextLine } from "../generated/wire";
import { readable } from "../session/text";

/** Names a line in the state that it is in: one that was put away half written comes again when it is done. */
export function stateOf(line: TextLine): string {
  return `${line.author} ${line.writer} ${line.entry} ${line.done}`;
}

/** What the log shows: everything but what this screen is writing, which stands in its own field. */
export function logOf(lines: readonly TextLine[], writer: string): readonly TextLine[] {
  return readable(lines).filter((line) => line.done || line.writer !== writer);
}
