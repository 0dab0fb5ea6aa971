import type { IceSetup } from "../generated/wire";
import { BETTER_RELAY_MS, GATHER_CAP_MS, HOSTS_SETTLE_MS, RELAY_CAP_MS } from "./timing";

/** Whether this machine reaches a TURN server, when one is named: `refused` is the server's no, not the network's. */
export type Relay = "unnamed" | "found" | "refused" | "unreachable";

const REFUSALS: ReadonlySet<number> = new Set([401, 403, 486, 508]); // STUN error codes; 701 is the browser's "no answer"

/** What the service gave us, as the browser takes it. Without servers none is asked, not even a public one. */
export function configuration(ice: IceSetup | null): RTCConfiguration {
  const iceServers = (ice?.servers ?? []).map(({ urls, username, credential }) =>
    username ? { urls: [...urls], username, credential } : { urls: [...urls] },
  );
  return { iceServers, iceTransportPolicy: ice?.relay_only ? "relay" : "all", bundlePolicy: "max-bundle" };
}

function carrier(url: string): string {
  if (url.startsWith("turns:")) return "tls";
  return url.endsWith("transport=tcp") ? "tcp" : "udp";
}

/** The carriers by which the TURN servers may be reached, best first. */
function carriers(ice: IceSetup | null): string[] {
  const urls = (ice?.servers ?? []).flatMap((server) => server.urls).filter((url) => url.startsWith("turn"));
  const named = new Set(urls.map(carrier));
  return ["udp", "tcp", "tls"].filter((one) => named.has(one));
}

/**
 * Decides when an offer has waited long enough for its candidates. A browser says that it is done only when every
 * server has answered or timed out, which takes 10 s behind a firewall; the best relay, or any and a moment, will do.
 */
export class Patience {
  relay: Relay;
  private readonly carriers: string[];
  private found: string[] = [];
  private foundAt = 0;
  private readonly onlyHosts: boolean;
  private hostAt = Infinity;

  constructor(ice: IceSetup | null) {
    this.onlyHosts = (ice?.servers ?? []).length === 0;
    this.carriers = carriers(ice);
    this.relay = this.carriers.length === 0 ? "unnamed" : "unreachable";
  }

  /** A candidate through a TURN server; browsers that do not say by which carrier are taken at the best. */
  relayFound(carrier: string | null | undefined, now: number): void {
    if (this.found.length === 0) this.foundAt = now;
    this.found.push(carrier ?? this.carriers[0] ?? "");
    this.relay = "found";
  }

  /** A candidate of this machine itself. */
  hostFound(now: number): void {
    if (this.onlyHosts) this.hostAt = Math.min(this.hostAt, now);
  }

  failed(code: number): void {
    if (REFUSALS.has(code) && this.relay === "unreachable") this.relay = "refused";
  }

  /** How much longer to wait, in ms after the start, at `now`; 0 when it is enough. */
  left(now: number): number {
    if (this.hostAt < Infinity) return Math.max(0, this.hostAt + HOSTS_SETTLE_MS - now);
    if (this.found.includes(this.carriers[0] ?? "none")) return 0;
    if (this.found.length > 0) return Math.max(0, this.foundAt + BETTER_RELAY_MS - now);
    return Math.max(0, (this.relay === "unnamed" ? GATHER_CAP_MS : RELAY_CAP_MS) - now);
  }
}

/** Resolves when `patience` has had enough of the candidates, or the browser has found them all. */
export function gatheredWith(pc: RTCPeerConnection, patience: Patience): Promise<void> {
  const start = performance.now();
  const now = (): number => performance.now() - start;
  return new Promise((resolve) => {
    let timer = 0;
    const look = (): void => {
      clearTimeout(timer);
      const left = pc.iceGatheringState === "complete" ? 0 : patience.left(now());
      if (left > 0) timer = window.setTimeout(look, left);
      else resolve();
    };
    pc.addEventListener("icecandidate", ({ candidate }) => {
      // `relayProtocol` is not in every browser, nor yet in TypeScript's list
      if (candidate?.type === "relay") patience.relayFound((candidate as { relayProtocol?: string }).relayProtocol, now());
      if (candidate?.type === "host") patience.hostFound(now());
      look();
    });
    pc.addEventListener("icecandidateerror", (event) => patience.failed(event.errorCode));
    pc.addEventListener("icegatheringstatechange", look);
    look();
  });
}
