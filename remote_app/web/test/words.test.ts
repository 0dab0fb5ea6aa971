import { modeWords } from "../src/words/mode";
import { describe, expect, it } from "vitest";
import type { Hearing, QualityState, RobotState } from "../src/generated/wire";
import { fill, language, languageOf, learn, speak, t } from "../src/i18n";
import en from "../src/i18n/en.json";
import late from "../src/i18n/late.nb.json";
import nb from "../src/i18n/nb.json";
import { gestureWords } from "../src/words/gesture";
import { qualityWord } from "../src/words/quality";
import type { RescueShown } from "../src/session/rescue";
import { numberRows, rescueRows } from "../src/words/numbers";
import { handWords, speechWords, statusWords, voiceRoad } from "../src/words/status";

speak("nb", { ...nb, ...late });

const GOOD: QualityState = {
  step: "p720", width: 1280, height: 720, fps: 30, bitrate_bps: 2e6, rtt_ms: 40, loss: 0, path: null,
  verdict: "good", numbers: null,
};

const STILLS: RescueShown = {
  sound: true, voice: "open", stillsPerS: 0.6, stillBytes: 31_400, width: 640, height: 360, heldMs: 200,
};

function robot(change: Partial<RobotState>): RobotState {
  return {
    type: "state",
    robot: "vefsn",
    epoch: "abcdefgh",
    seq: 1,
    session: null,
    hand: { raised: true, since_s: 1, seen: false, floor: false },
    listening: false,
    private: false,
    mode: "plenary",
    voice_elsewhere: false,
    eyes: "neutral",
    hand_light: "off",
    pose: null,
    limits: { pan_min_deg: -175, pan_max_deg: 175, tilt_min_deg: -25, tilt_max_deg: 40 },
    view: { width: 1280, height: 720, hfov_deg: 78 },
    camera_open: true,
    microphone_open: true,
    speaking: false,
    volume: { percent: 50, whisper: false },
    quality: null,
    battery: null,
    heard: null,
    faults: [],
    preflight: null,
    refused_messages: 0,
    places: [],
    choices: { relatives_watch: false, heard_elsewhere: false, named_elsewhere: false },
    watchers: [],
    ...change,
  };
}

describe("the connection in a word", () => {
  it("is good, slow or reduced, and nothing before anything was measured", () => {
    expect(qualityWord(null)).toBeNull();
    expect(qualityWord(GOOD)).toBe("good");
    expect(qualityWord({ ...GOOD, verdict: "slow" })).toBe("slow");
    expect(qualityWord({ ...GOOD, verdict: "bad" })).toBe("bad");
    expect(qualityWord({ ...GOOD, step: "p540" })).toBe("good");
    expect(qualityWord({ ...GOOD, rtt_ms: null, loss: null })).toBe("good");
    expect(qualityWord({ ...GOOD, step: null })).toBeNull();
  });

  it("says what was given up to keep the sound, however quick the line is", () => {
    for (const step of ["p360", "p180", "p180_20"] as const) expect(qualityWord({ ...GOOD, step })).toBe("reduced");
    expect(qualityWord({ ...GOOD, step: "stills", verdict: "bad" })).toBe("stills");
    expect(qualityWord({ ...GOOD, step: "sound_only", verdict: "bad" })).toBe("sound_only");
  });

  it("is about still pictures while they come by the service, whatever the robot said of the line before", () => {
    expect(qualityWord({ ...GOOD, step: "sound_only" }, STILLS)).toBe("rescue");
    expect(qualityWord(null, { ...STILLS, sound: false })).toBe("rescue_silent");
  });

  it("is about what the robot gave up, not about how many lines its camera has", () => {
    expect(qualityWord({ ...GOOD, width: 640, height: 480, fps: 15 })).toBe("good");
  });
});

describe("numbers for whoever helps", () => {
  const rows = (quality: QualityState): string[] => numberRows(quality).map(({ value }) => value);

  it("are written as people write them, with what is not measured said", () => {
    const numbers = {
      picture_ms: 41.6, hear_ms: 80, speak_ms: null, shown_fps: 29.9, frozen_ms: 0, page_buffer_ms: 25, robot_buffer_ms: null,
      sound_lost: 0.005, sound_concealed: 0, echo_loss_db: 38.4,
    };
    expect(rows({ ...GOOD, bitrate_bps: 1_850_000, path: "relay-tls", numbers })).toEqual([
      "42 ms", "80 ms", "ikke målt", "40 ms", "0 % / 0,5 %", "1280 × 720", "1,85 Mbit/s", "38 dB",
      "30 / 30", "25 ms / ikke målt", "over tjener (TLS)",
    ]);
    expect(rows({ ...GOOD, rtt_ms: null }).filter((value) => value === "ikke målt")).toHaveLength(6);
  });
});

describe("the line of words", () => {
  const quiet = { hand: "down", microphone: "on", robot: null, limit: null } as const;

  it("says who hears and sees you when there is nothing else to say", () => {
    expect(statusWords(quiet)).toEqual(["status.heard"]);
    expect(statusWords({ ...quiet, microphone: "off" })).toEqual(["status.unheard"]);
    const heard = (hearing: Hearing) => robot({ heard: { hearing, snr_db: null, delay_ms: null, since_s: 1 }, hand: down });
    const down = { raised: false, since_s: 0, seen: false, floor: false };
    expect(statusWords({ ...quiet, robot: heard("heard") })).toEqual(["status.heard"]);
    expect(statusWords({ ...quiet, robot: heard("faint") })).toEqual(["status.faint"]);
    expect(statusWords({ ...quiet, robot: heard("not_heard") })).toEqual(["status.not_heard"]);
    expect(statusWords({ ...quiet, robot: heard("not_heard"), microphone: "off" })).toEqual(["status.unheard"]);
    expect(statusWords({ ...quiet, microphone: "missing" })).toEqual(["status.no_microphone"]);
  });

  it("follows the hand from the tap to the floor", () => {
    expect(handWords("down", null)).toBeNull();
    expect(handWords("raising", robot({}))).toBe("status.hand.raising");
    expect(handWords("up", robot({}))).toBe("status.hand.up");
    expect(handWords("up", robot({ hand: { raised: true, since_s: 3, seen: true, floor: false } }))).toBe("status.hand.seen");
    expect(handWords("up", robot({ hand: { raised: true, since_s: 3, seen: true, floor: true } }))).toBe("status.hand.floor");
  });

  it("tells the place where others wait too", () => {
    const seen = robot({ hand: { raised: true, since_s: 3, seen: true, floor: false } });
    const queue = { type: "queue_place", place: 2, of: 3 } as const;
    expect(handWords("up", robot({}), queue)).toBe("status.hand.up_place");
    expect(handWords("up", seen, queue)).toBe("status.hand.seen_place");
    expect(handWords("up", seen, { ...queue, place: 1, of: 1 })).toBe("status.hand.seen");
    expect(handWords("up", seen, { ...queue, place: 0 })).toBe("status.hand.seen");
    expect(handWords("lowering", seen, queue)).toBe("status.hand.lowering");
    const said = statusWords({ hand: "up", microphone: "on", robot: seen, queue, limit: null });
    expect(said.map((key) => t(key, { place: queue.place }))[0]).toBe("Sett av kurslederen, nr. 2 i køen");
  });

  it("says that the floor is given to whom the leader asks unasked", () => {
    const floor = robot({ hand: { raised: false, since_s: 0, seen: false, floor: true } });
    expect(handWords("down", floor)).toBe("status.hand.floor");
    expect(handWords("raising", floor)).toBe("status.hand.raising");
  });

  it("says at most two things, what was just done first", () => {
    const all = statusWords({ hand: "up", microphone: "on", robot: robot({}), limit: "left" });
    expect(all).toEqual(["status.limit.left", "status.hand.up"]);
  });

  it("does not say that they hear you when the robot has lost its sound", () => {
    const lost = robot({ faults: ["microphone"] });
    for (const microphone of ["on", "off"] as const) expect(statusWords({ ...quiet, microphone, robot: lost })).toEqual(["status.deaf"]);
  });

  it("says that the person only listens, after what was just done", () => {
    expect(statusWords({ ...quiet, listening: true })).toEqual(["status.listening", "status.heard"]);
    expect(statusWords({ ...quiet, hand: "up", listening: true })).toEqual(["status.hand.up", "status.listening"]);
  });
});

describe("what became of a sentence", () => {
  it("is said from the tap to the end, and nothing otherwise", () => {
    expect(speechWords("quiet")).toBeNull();
    expect((["asking", "saying", "said", "failed"] as const).map(speechWords)).toEqual([
      "write.asking",
      "write.saying",
      "write.said",
      "write.failed",
    ]);
  });
});

describe("what became of a gesture", () => {
  it("names the gesture while it lasts and when it was made", () => {
    expect(gestureWords("quiet", "nod")).toBeNull();
    expect(gestureWords("asking", "nod")).toBe("write.asking");
    expect(gestureWords("saying", "nod")).toBe("gesture.nod.saying");
    expect(gestureWords("said", "shake")).toBe("gesture.shake.said");
    expect(gestureWords("failed", "shake")).toBe("gesture.failed");
  });
});

describe("languages", () => {
  it("are the one that the address asks for, or the one chosen before, or bokmål", () => {
    expect(languageOf("")).toBe("nb");
    expect(["nn", "en", "sma"].map((one) => languageOf(`?lang=${one}`))).toEqual(["nn", "en", "sma"]);
    expect(languageOf("", "nn")).toBe("nn");
    expect(languageOf("?lang=en", "nn")).toBe("en");
    expect(languageOf("?lang=xx", "nn")).toBe("nn");
    expect([languageOf("?lang=xx"), languageOf("?lang=toString", "constructor")]).toEqual(["nb", "nb"]);
  });

  it("write numbers their own way", () => {
    const rates = (["nb", "nn", "sma", "en"] as const).map((one) => {
      speak(one, nb);
      return numberRows({ ...GOOD, bitrate_bps: 1_250_000 }).find(({ label }) => label === "numbers.bitrate")?.value;
    });
    expect(rates).toEqual(["1,25 Mbit/s", "1,25 Mbit/s", "1,25 Mbit/s", "1.25 Mbit/s"]);
    speak("nb", nb);
  });

  it("one at a time speaks for the whole page", () => {
    speak("en", en);
    expect([language(), t("cancel")]).toEqual(["en", "Cancel"]);
    speak("nb", nb);
    expect([language(), t("cancel")]).toEqual(["nb", "Avbryt"]);
  });

  it("learns the words of a part that comes later, and forgets none", () => {
    speak("nb", nb);
    expect(t("numbers.unknown")).toBe("numbers.unknown");
    learn(late);
    expect([t("numbers.unknown"), t("cancel")]).toEqual(["ikke målt", "Avbryt"]);
  });

  it("fill places, and leave unknown ones to be seen", () => {
    expect(fill("Ring {telephone}, {x}", { telephone: "1" })).toBe("Ring 1, {x}");
  });
});

describe("while still pictures come by the service", () => {
  it("says when the microphone has no way into the room, also when it is on", () => {
    const up = { hand: "up", microphone: "on", robot: null, limit: null } as const;
    expect(statusWords({ ...up, road: "none" })).toEqual(["status.hand.up", "status.dumb"]);
    expect(statusWords({ ...up, road: "opening" })).toEqual(["status.hand.up", "status.unsent"]);
    expect(statusWords({ ...up, microphone: "off", road: "opening" })).toEqual(["status.hand.up", "status.unheard"]);
    expect(statusWords({ ...up, road: "open" })).toEqual(["status.hand.up", "status.heard"]);
  });

  it("knows the microphone's road: with picture and sound, or one of its own, or none yet", () => {
    expect(voiceRoad("room", null)).toBe("open");
    for (const phase of ["joining", "reconnecting", "blocked"] as const) expect(voiceRoad(phase, null)).toBe("opening");
    for (const voice of ["open", "opening", "none"] as const) expect(voiceRoad("room", { ...STILLS, voice })).toBe(voice);
  });

  it("has numbers of its own", () => {
    const values = rescueRows(STILLS).map(({ value }) => value);
    expect(values).toEqual(["over kurstjenesten", "0,6", "640 × 360", "31 kB", "200 ms"]);
    expect(rescueRows({ ...STILLS, sound: false, heldMs: null }).at(-1)?.value).toBe("nettleseren kan ikke");
  });
});

describe("how the room takes part", () => {
  it("is said while it is by itself, and not as long as it is as always, or closed", () => {
    expect(modeWords(null)).toBe(null);
    expect(modeWords(robot({ mode: "plenary" }))).toBe(null);
    expect(modeWords(robot({ mode: "break", private: true }))).toBe(null);
    expect(modeWords(robot({ mode: "group" }))).toBe("mode.group");
    expect(modeWords(robot({ voice_elsewhere: true }))).toBe("mode.heard_elsewhere");
    expect(modeWords(robot({ mode: "one_to_one" }))).toBe("mode.one_to_one");
  });
});
