import { signal } from "@preact/signals";
import { list } from "./api";

/** What was changed in the last days, as it can be undone (`/api/v1/edits`). */

export type Thing = Readonly<Record<string, unknown>>;

export interface Edit {
  readonly id: string;
  readonly kind: "course" | "meeting" | "site" | "robot" | "seat" | "person" | "invitation";
  readonly thing: string;
  readonly deed: "added" | "changed" | "removed";
  readonly at: string;
  readonly by: string;
  readonly you: boolean;
  readonly undoes: string | null;
  readonly can_undo: boolean;
  readonly before: Thing | null;
  readonly after: Thing | null;
}

/** Of the open course, or of sites and robots; the newest first. */
export const edits = signal<readonly Edit[]>([]);
/** What was changed by the last press here, the newest first. */
export const fresh = signal<readonly Edit[]>([]);

let shown: string | null | undefined;

/** The changes of a course, or with null those of sites and robots; the newest first. */
export const editsOf = (course: string | null): Promise<readonly Edit[]> =>
  list<Edit>(course === null ? "/edits" : `/edits?course=${course}`);

/** From now on these are shown; what is new among them was done by the last press here. */
export function showEdits(course: string | null, now: readonly Edit[]): void {
  const own = now.filter((one) => one.you && !edits.value.some(({ id }) => id === one.id));
  if (course !== shown) fresh.value = [];
  else if (own.length > 0) fresh.value = own;
  shown = course;
  edits.value = now;
}
