import { describe, expect, it } from "vitest";
import { HandIntent, SwitchIntent } from "../src/session/hand";
import { loudness } from "../src/session/microphone";
import { SpeechIntent } from "../src/session/speech";
import { OWN_WORD_MS, REPLY_TIMEOUT_MS, SAID_SHOWN_MS } from "../src/session/timing";

describe("the hand", () => {
  it("is up only when the robot says so", () => {
    const hand = new HandIntent();
    hand.toggle();
    expect(hand.shown).toBe("raising");
    expect(hand.next(0)).toBe(true);
    expect(hand.next(100)).toBeNull();
    hand.applied(true, 200);
    expect(hand.shown).toBe("up");
    expect(hand.next(10_000)).toBeNull();
  });

  it("is asked for again when no answer comes", () => {
    const hand = new HandIntent();
    hand.toggle();
    hand.next(0);
    expect(hand.next(REPLY_TIMEOUT_MS - 1)).toBeNull();
    expect(hand.next(REPLY_TIMEOUT_MS)).toBe(true);
  });

  it("does not believe a heartbeat from before the tap, or from just before the confirmation", () => {
    const hand = new HandIntent();
    hand.toggle();
    hand.heartbeat(false, 10);
    expect(hand.shown).toBe("raising");
    hand.applied(true, 100);
    hand.heartbeat(false, 100 + OWN_WORD_MS - 1);
    expect(hand.shown).toBe("up");
  });

  it("is confirmed by a heartbeat when the reply was lost", () => {
    const hand = new HandIntent();
    hand.toggle();
    hand.heartbeat(true, 500);
    expect(hand.shown).toBe("up");
  });

  it("goes down when the leader takes it down", () => {
    const hand = new HandIntent();
    hand.toggle();
    hand.applied(true, 0);
    hand.heartbeat(false, OWN_WORD_MS);
    expect(hand.shown).toBe("down");
    hand.reassert();
    expect(hand.next(99_999)).toBeNull();
  });

  it("is asserted again after a break, and two quick taps end where they began", () => {
    const hand = new HandIntent();
    hand.toggle();
    hand.applied(true, 0);
    hand.reassert();
    expect(hand.next(5000)).toBe(true);
    hand.applied(true, 5100);
    hand.toggle();
    hand.toggle();
    expect(hand.next(6000)).toBe(true);
  });

  it("ignores the answer to an older wish", () => {
    const hand = new HandIntent();
    hand.toggle();
    hand.next(0);
    hand.toggle();
    hand.applied(true, 50);
    expect(hand.shown).toBe("lowering");
  });
});

describe("listening only", () => {
  it("is on when the robot has confirmed it, and off when it has confirmed that", () => {
    const listening = new SwitchIntent();
    expect([listening.on, listening.pending]).toEqual([false, false]);
    listening.toggle();
    expect([listening.on, listening.pending]).toEqual([false, true]);
    expect(listening.next(0)).toBe(true);
    listening.applied(true, 100);
    expect([listening.on, listening.pending]).toEqual([true, false]);
    listening.toggle();
    expect([listening.on, listening.pending]).toEqual([true, true]);
    listening.applied(false, 200);
    expect([listening.on, listening.pending]).toEqual([false, false]);
  });
});

describe("a sentence", () => {
  it("is being said for as long as it takes, and then has been said", () => {
    const speech = new SpeechIntent();
    speech.ask("a", 0);
    expect(speech.shown(10)).toBe("asking");
    expect(speech.queued("a", 2, 100)).toBe(true);
    expect(speech.shown(2099)).toBe("saying");
    expect(speech.shown(2100)).toBe("said");
    expect(speech.shown(2100 + SAID_SHOWN_MS)).toBe("quiet");
  });

  it("fails when refused, when unanswered, and when it could not be sent", () => {
    const refused = new SpeechIntent();
    refused.ask("a", 0);
    refused.refused("other");
    expect(refused.shown(1)).toBe("asking");
    refused.refused("a");
    expect(refused.shown(1)).toBe("failed");
    const unanswered = new SpeechIntent();
    unanswered.ask("a", 0);
    expect(unanswered.shown(REPLY_TIMEOUT_MS)).toBe("failed");
    const unsent = new SpeechIntent();
    unsent.unsent();
    expect(unsent.shown(0)).toBe("failed");
    unsent.clear();
    expect(unsent.shown(0)).toBe("quiet");
  });

  it("is not taken for another", () => {
    const speech = new SpeechIntent();
    speech.ask("b", 0);
    expect(speech.queued("a", 1, 10)).toBe(false);
  });
});

describe("loudness", () => {
  it("is 0 for silence and 1 for a full voice, and grows between", () => {
    const tone = (amplitude: number) => Float32Array.from({ length: 480 }, (_, i) => amplitude * Math.sin(i / 5));
    expect(loudness(new Float32Array(480))).toBe(0);
    expect(loudness(tone(0.9))).toBe(1);
    expect(loudness(tone(0.02))).toBeGreaterThan(0.2);
    expect(loudness(tone(0.02))).toBeLessThan(loudness(tone(0.1)));
  });
});
