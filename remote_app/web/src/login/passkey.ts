import type { PasskeyAsk, PasskeyLogIn, PasskeyMade, PasskeyOffer } from "../generated/wire";

/** Passkeys in the browser (WebAuthn Level 3): what the service asks for, and what the device answers. */

/** Why there is no answer, as a word of the dictionary; null where somebody has gone on to something else. */
export class NoPasskey extends Error {
  constructor(readonly code: string | null) {
    super(code ?? "given up");
  }
}

const CODES: Readonly<Record<string, string | null>> = {
  AbortError: null,
  NotAllowedError: "passkey_cancelled", // refused, waited too long, or no such passkey here: the browser does not say which
  SecurityError: "passkey_address",
  InvalidStateError: "passkey_taken", // this device has one for this account
};

export const canPasskeys = (): boolean => typeof PublicKeyCredential === "function";

/** Whether the browser offers passkeys in the field of the name by itself. */
export const canFill = async (): Promise<boolean> =>
  canPasskeys() && (await PublicKeyCredential.isConditionalMediationAvailable?.().catch(() => false)) === true;

export function bytes(text: string): Uint8Array<ArrayBuffer> {
  const raw = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  return Uint8Array.from(raw, (letter) => letter.charCodeAt(0));
}

export function text(buffer: ArrayBuffer): string {
  const raw = String.fromCharCode(...new Uint8Array(buffer));
  return btoa(raw).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

let open = new AbortController();

/** Only one question at a time is before the browser: the newest. Throws NoPasskey. */
async function answered<T extends AuthenticatorResponse>(
  question: (signal: AbortSignal) => Promise<Credential | null>,
): Promise<[id: string, response: T]> {
  open.abort();
  open = new AbortController();
  try {
    const found = (await question(open.signal)) as PublicKeyCredential | null;
    if (!found) throw new NoPasskey("passkey_cancelled");
    return [text(found.rawId), found.response as T];
  } catch (fault) {
    if (fault instanceof NoPasskey) throw fault;
    const code = CODES[(fault as DOMException).name];
    throw new NoPasskey(code === undefined ? "passkey_device" : code);
  }
}

/** Signs in with whichever passkey the person chooses; with `fill` where the browser fills in the name. Throws NoPasskey. */
export async function sign(ask: PasskeyAsk, fill: boolean): Promise<PasskeyLogIn> {
  const publicKey: PublicKeyCredentialRequestOptions = {
    challenge: bytes(ask.challenge),
    rpId: ask.rp_id,
    timeout: ask.timeout_ms,
    userVerification: "required",
  };
  const [id, response] = await answered<AuthenticatorAssertionResponse>((signal) =>
    navigator.credentials.get({ publicKey, signal, ...(fill ? { mediation: "conditional" as const } : {}) }),
  );
  return {
    id,
    client_data: text(response.clientDataJSON),
    authenticator_data: text(response.authenticatorData),
    signature: text(response.signature),
    user: response.userHandle ? text(response.userHandle) : "",
  };
}

/** Makes a passkey on this device, or on one that it reaches. Throws NoPasskey. */
export async function make(offer: PasskeyOffer, name: string): Promise<PasskeyMade> {
  const publicKey: PublicKeyCredentialCreationOptions = {
    challenge: bytes(offer.challenge),
    rp: { id: offer.rp_id, name: offer.service },
    user: { id: bytes(offer.user), name: offer.login, displayName: offer.shown },
    pubKeyCredParams: offer.algorithms.map((alg) => ({ type: "public-key", alg })),
    excludeCredentials: offer.known.map((id) => ({ type: "public-key", id: bytes(id) })),
    timeout: offer.timeout_ms,
    authenticatorSelection: { residentKey: "required", requireResidentKey: true, userVerification: "required" },
    attestation: "none",
  };
  const [id, response] = await answered<AuthenticatorAttestationResponse>((signal) =>
    navigator.credentials.create({ publicKey, signal }),
  );
  return { name, id, client_data: text(response.clientDataJSON), attestation: text(response.attestationObject) };
}
