import type { RobotState } from "../generated/wire";

/** Who sits at the tablet that steers, of the two names of a seat the one that looks on from no other tablet, and since
 *  when, in seconds; null when nobody is in. */
export function steers({ session, watchers }: RobotState): { readonly name: string; readonly sinceS: number } | null {
  if (!session) return null;
  const beside = new Set(watchers.filter(({ role }) => role === "companion").map(({ name }) => name));
  const { name, companion } = session;
  return { name: beside.has(name) && companion ? companion : name, sinceS: session.steers_since_s };
}
