import { describe, expect, it } from "vitest";
import type { IceSetup } from "../src/generated/wire";
import { Patience, configuration } from "../src/session/ice";
import { BETTER_RELAY_MS, GATHER_CAP_MS, HOSTS_SETTLE_MS, RELAY_CAP_MS } from "../src/session/timing";
import { blockedWords } from "../src/words/blocked";

const URLS = ["turn:h:3478?transport=udp", "turn:h:3478?transport=tcp", "turns:h:443?transport=tcp"];

function setup(urls: readonly string[], relay_only = false): IceSetup {
  return { type: "ice", servers: [{ urls, username: "1:page", credential: "c" }], relay_only };
}

describe("what the browser is told", () => {
  it("is no server at all unless one is named", () => {
    expect(configuration(null)).toEqual({ iceServers: [], iceTransportPolicy: "all", bundlePolicy: "max-bundle" });
  });

  it("is the servers with name and password, and the relay alone where that is wished", () => {
    const given = configuration(setup(URLS, true));
    expect(given.iceServers).toEqual([{ urls: URLS, username: "1:page", credential: "c" }]);
    expect(given.iceTransportPolicy).toBe("relay");
    const stun: IceSetup = { type: "ice", servers: [{ urls: ["stun:h"], username: "", credential: "" }], relay_only: false };
    expect(configuration(stun).iceServers).toEqual([{ urls: ["stun:h"] }]);
  });
});

describe("how long an offer waits for its candidates", () => {
  it("is not long without a relay to wait for", () => {
    const patience = new Patience(null);
    expect(patience.left(0)).toBe(GATHER_CAP_MS);
    expect(patience.left(GATHER_CAP_MS)).toBe(0);
    expect(patience.relay).toBe("unnamed");
  });

  it("waits a moment for this machine's own addresses and no longer, when no server is named", () => {
    const alone = new Patience(null);
    alone.hostFound(40);
    expect(alone.left(40)).toBe(HOSTS_SETTLE_MS);
    expect(alone.left(40 + HOSTS_SETTLE_MS)).toBe(0);
    const served = new Patience(setup(URLS));
    served.hostFound(40);
    expect(served.left(40 + HOSTS_SETTLE_MS)).toBeGreaterThan(1000);
  });

  it("is until the best relay is there", () => {
    const patience = new Patience(setup(URLS));
    expect(patience.left(100)).toBe(RELAY_CAP_MS - 100);
    patience.relayFound("udp", 100);
    expect(patience.left(100)).toBe(0);
  });

  it("is a moment more when a lesser relay is there first", () => {
    const patience = new Patience(setup(URLS));
    patience.relayFound("tls", 900);
    expect(patience.left(900)).toBe(BETTER_RELAY_MS);
    patience.relayFound("tcp", 1000);
    expect(patience.left(1000)).toBe(BETTER_RELAY_MS - 100);
    expect(patience.left(900 + BETTER_RELAY_MS)).toBe(0);
    const onlyTls = new Patience(setup(URLS.slice(2)));
    onlyTls.relayFound("tls", 900);
    expect(onlyTls.left(900)).toBe(0);
    const silentBrowser = new Patience(setup(URLS));
    silentBrowser.relayFound(undefined, 500);
    expect(silentBrowser.left(500)).toBe(0);
  });

  it("ends at the cap, and then it is known why", () => {
    const blocked = new Patience(setup(URLS));
    blocked.failed(701);
    expect(blocked.left(RELAY_CAP_MS)).toBe(0);
    expect(blocked.relay).toBe("unreachable");
    blocked.failed(401);
    expect(blocked.relay).toBe("refused");
    blocked.relayFound("tcp", 50);
    blocked.failed(401);
    expect(blocked.relay).toBe("found");
  });
});

describe("why nothing comes through", () => {
  const faulty = { faults: ["relay"] } as unknown as Parameters<typeof blockedWords>[1];

  it("is said of the tablet's network, the robot's, our own mistake, or nobody's", () => {
    expect(blockedWords("unreachable", null)).toBe("blocked.tablet.text");
    expect(blockedWords("unreachable", faulty)).toBe("blocked.service.text"); // neither reaches it: it is ours
    expect(blockedWords("refused", faulty)).toBe("blocked.service.text");
    expect(blockedWords("found", faulty)).toBe("blocked.robot.text");
    expect(blockedWords("unnamed", null)).toBe("blocked.text");
  });
});
