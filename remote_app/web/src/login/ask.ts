import type {
  AccountOffer,
  LoginWays,
  OidcGo,
  OwnPasskeys,
  OwnSessions,
  PasskeyAsk,
  PasskeyOffer,
  StaffInfo,
} from "../generated/wire";
import { NoPasskey, make, sign } from "./passkey";

const TIMEOUT_MS = 20_000; // checking a password takes the service a moment, and others may be before us

/** Why not: `code` is the service's own word, or `network`. */
export interface Problem {
  readonly type: "problem";
  readonly code: string;
}

export const isProblem = (answer: object): answer is Problem => (answer as Problem).type === "problem";

async function ask<T extends object>(path: string, body?: object, method = "POST"): Promise<T | Problem> {
  const giveUp = new AbortController();
  const timer = setTimeout(() => giveUp.abort(), TIMEOUT_MS);
  const init: RequestInit = { cache: "no-store", signal: giveUp.signal };
  if (body) Object.assign(init, { method, body: JSON.stringify(body), headers: { "Content-Type": "application/json" } });
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

export const askSessions = (): Promise<OwnSessions | Problem> => ask("/api/staff/sessions");
export const logOutElsewhere = (): Promise<object | Problem> => ask("/api/staff/logout-elsewhere", {});
export const changePassword = (old: string, fresh: string): Promise<object | Problem> =>
  ask("/api/staff/password", { old, new: fresh });

const PASSKEYS = "/api/staff/passkeys";
export const askPasskeys = (): Promise<OwnPasskeys | Problem> => ask(PASSKEYS);
export const renamePasskey = (id: string, name: string): Promise<object | Problem> => ask(`${PASSKEYS}/${id}`, { name }, "PUT");
export const removePasskey = (id: string): Promise<object | Problem> => ask(`${PASSKEYS}/${id}`, {}, "DELETE");

/** Somebody pressed another button meanwhile, which says for itself what came of it: nothing is to be said. */
export const GIVEN_UP = "";

/** The service's question, the device's answer, and what the service says to it. */
async function ceremony<Q extends object, A extends object>(
  at: string,
  question: object,
  device: (question: Q) => Promise<object>,
): Promise<A | Problem> {
  const asked = await ask<Q>(`${at}/options`, question);
  if (isProblem(asked)) return asked;
  try {
    return await ask<A>(at, await device(asked));
  } catch (fault) {
    if (fault instanceof NoPasskey) return { type: "problem", code: fault.code ?? GIVEN_UP };
    throw fault;
  }
}

/** Logs in with a passkey; with `fill` it waits until the person chooses one in the field of the name. */
export const logInByPasskey = (fill: boolean): Promise<StaffInfo | Problem> =>
  ceremony<PasskeyAsk, StaffInfo>("/api/staff/passkey/login", {}, (asked) => sign(asked, fill));

export const addPasskey = (name: string): Promise<object | Problem> =>
  ceremony<PasskeyOffer, object>(PASSKEYS, {}, (offer) => make(offer, name));

/** The account of a one-time link, by a passkey alone. `called` is the passkey's name until its owner gives another. */
export const makePasskeyAccount = (token: string, name: string, called: string): Promise<StaffInfo | Problem> =>
  ceremony<PasskeyOffer, StaffInfo>("/api/staff/passkey/first", { token, name }, async (offer) => ({
    token,
    name,
    made: await make(offer, called),
  }));

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
