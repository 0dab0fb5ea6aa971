import type { RobotState, Watcher } from "../generated/wire";
import type { Key } from "../i18n";

/** One who is there, and as what. */
export interface Present {
  readonly name: string;
  readonly role: Key;
  /** Another tablet of the same seat may have the name of the first: both are told. */
  readonly id: string;
}

export const ROLES: Readonly<Record<Watcher["role"], Key>> = {
  relative: "who.relative",
  leader: "who.leader",
  companion: "who.tablet",
  screen: "who.screen",
};

/** Everybody who sees or hears the room: who steers first, then who sits beside them, then who only watches. */
export function whoIsThere(state: RobotState | null): Present[] {
  if (!state) return [];
  const inside = seated(state).map(({ name, person }, at): Present => {
    return { name, role: at ? "who.with" : person ? "who.steers" : "who.helps", id: `inside${at}` };
  });
  return [...inside, ...state.watchers.map(({ name, role }, at) => ({ name, role: ROLES[role], id: `${role}${at}` }))];
}

/** Who watches now and did not before; two of one name and role are told apart by how many there are. */
export function newcomers(before: readonly Watcher[], now: readonly Watcher[]): Watcher[] {
  const left = before.filter(({ seeing }) => seeing).map(({ name, role }) => `${role} ${name}`);
  return now.filter(({ name, role, seeing }) => {
    if (!seeing) return false;
    const known = left.indexOf(`${role} ${name}`);
    if (known >= 0) left.splice(known, 1);
    return known < 0;
  });
}

interface Seated {
  readonly name: string;
  /** Whose link it is; else who is with them. */
  readonly person: boolean;
}

/** Who sits at the tablet that steers, who steers first: of the two names of a seat, those that look on from no other. */
export function seated({ session, watchers }: RobotState): Seated[] {
  if (!session) return [];
  const { name, companion } = session;
  const both = [{ name, person: true }, ...(companion ? [{ name: companion, person: false }] : [])];
  const here = both.filter((one) => !watchers.some((other) => other.role === "companion" && other.name === one.name));
  return here.length ? here : both.slice(0, 1);
}
