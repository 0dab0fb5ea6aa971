/** What the tablet keeps of a form: as far as somebody has come, and what is not sent yet. */

export type Answers = Readonly<Record<string, number | string>>;

export interface Draft {
  /** The question that is shown; as many as there are means all were. */
  readonly at: number;
  readonly answers: Answers;
  /** Finished by the person, and not with the service yet. */
  readonly finished: boolean;
}

export const EMPTY: Draft = { at: 0, answers: {}, finished: false };

export interface Place {
  readonly token: string;
  readonly form: string;
  readonly meeting: string;
}

type Shelf = Pick<Storage, "getItem" | "setItem" | "removeItem" | "key" | "length">;

const PREFIX = "av1-form";
const nameOf = ({ token, form, meeting }: Place): string => [PREFIX, token, form, meeting].join("/");

function isDraft(value: unknown): value is Draft {
  const draft = value as Partial<Draft> | null;
  return typeof draft?.at === "number" && typeof draft.answers === "object" && typeof draft.finished === "boolean";
}

export interface Keep {
  readonly get: (place: Place) => Draft;
  readonly put: (place: Place, draft: Draft) => void;
  readonly drop: (place: Place) => void;
  /** What was finished on this tablet and is not sent: of every link, for the next person may have another. */
  readonly waiting: () => readonly Place[];
}

/** A browser that keeps nothing forgets when the page is closed; as long as it is open, the page knows itself. */
export function keepOn(shelf: Shelf | null): Keep {
  const open = new Map<string, Draft>();
  const quietly = <T>(deed: () => T, otherwise: T): T => {
    try {
      return deed();
    } catch {
      return otherwise; // full, forbidden, or not ours
    }
  };
  const get = (place: Place): Draft => {
    const name = nameOf(place);
    const kept = open.get(name) ?? quietly<unknown>(() => JSON.parse(shelf?.getItem(name) ?? "null"), null);
    return isDraft(kept) ? kept : EMPTY;
  };
  const names = (): string[] => Array.from({ length: shelf?.length ?? 0 }, (_, n) => shelf?.key(n) ?? "");
  return {
    get,
    put: (place, draft) => {
      open.set(nameOf(place), draft);
      quietly(() => shelf?.setItem(nameOf(place), JSON.stringify(draft)), undefined);
    },
    drop: (place) => {
      open.delete(nameOf(place));
      quietly(() => shelf?.removeItem(nameOf(place)), undefined);
    },
    waiting: () => {
      const all = new Set([...open.keys(), ...quietly(names, [])]);
      return [...all].map(placeOf).filter((place) => place !== null).filter((place) => get(place).finished);
    },
  };
}

function placeOf(name: string): Place | null {
  const [prefix, token, form, meeting] = name.split("/");
  return prefix === PREFIX && token && form && meeting !== undefined ? { token, form, meeting } : null;
}
