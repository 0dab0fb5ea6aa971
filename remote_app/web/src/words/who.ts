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
  const { session, watchers } = state;
  const inside: Present[] = session ? [{ name: session.name, role: "who.steers", id: "steers" }] : [];
  if (session?.companion) inside.push({ name: session.companion, role: "who.with", id: "with" });
  return [...inside, ...watchers.map(({ name, role }, at) => ({ name, role: ROLES[role], id: `${role}${at}` }))];
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
