import type { AccountOffer, LoginWays, OidcGo, StaffInfo } from "../generated/wire";

const TIMEOUT_MS = 20_000; // checking a password takes the service a moment, and others may be before us

/** Why not: `code` is the service's own word, or `network`. */
export interface Problem {
  readonly type: "problem";
  readonly code: string;
}

async function ask<T>(path: string, body?: object): Promise<T | Problem> {
  const giveUp = new AbortController();
  const timer = setTimeout(() => giveUp.abort(), TIMEOUT_MS);
  const init: RequestInit = { cache: "no-store", signal: giveUp.signal };
  if (body) Object.assign(init, { method: "POST", body: JSON.stringify(body), headers: { "Content-Type": "application/json" } });
  try {
    const answer = await fetch(path, init);
    if (answer.status === 204) return {} as T;
    const said = (await answer.json()) as { readonly code?: string };
    return answer.ok ? (said as T) : { type: "problem", code: said.code ?? "other" };
  } catch {
    return { type: "problem", code: "network" };
  } finally {
    clearTimeout(timer);
  }
}

export const askWays = (): Promise<LoginWays | Problem> => ask("/api/staff/login");
export const askMe = (): Promise<StaffInfo | Problem> => ask("/api/staff/me");
export const askLink = (token: string): Promise<AccountOffer | Problem> => ask("/api/staff/link", { token });
export const logIn = (login: string, password: string): Promise<StaffInfo | Problem> =>
  ask("/api/staff/login", { login, password });
export const logOut = (): Promise<object | Problem> => ask("/api/staff/logout", {});
/** Where the browser goes to log in with the OpenID provider; `token` is a one-time link's. */
export const goToProvider = (token: string): Promise<OidcGo | Problem> =>
  ask("/api/staff/oidc/start", { next: wanted(location.search, location.origin) ?? "", token });
export const makeAccount = (account: {
  readonly token: string;
  readonly name: string;
  readonly login: string;
  readonly password: string;
}): Promise<StaffInfo | Problem> => ask("/api/staff/account", account);

/** Where somebody wanted to go before they had to log in: a page of ours, or nothing. */
export function wanted(search: string, origin: string): string | null {
  const next = new URLSearchParams(search).get("next");
  if (!next?.startsWith("/")) return null;
  try {
    const place = new URL(next, origin); // `//elsewhere` and `/\elsewhere` are elsewhere
    return place.origin === origin ? place.pathname + place.search : null;
  } catch {
    return null;
  }
}
