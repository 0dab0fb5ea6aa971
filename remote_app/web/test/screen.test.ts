import { describe, expect, it } from "vitest";
import type { ScreenView } from "../src/generated/wire";
import { heardWords, roomWords, screensHindrance, whoWords } from "../src/screen/rule";

function view(change: Partial<ScreenView> = {}): ScreenView {
  return { type: "screen_view", robot: "vefsn", where: "Vefsn", room: "open", speaker: null, heard: false, queue: [], ...change };
}

describe("what a screen shows", () => {
  it("asks the robot only for a room that is open", () => {
    expect(screensHindrance(null, true)).toBe("offline");
    expect(screensHindrance(view(), false)).toBe("offline");
    expect(screensHindrance(view({ room: "break" }), true)).toBe("private");
    expect(screensHindrance(view({ room: "by_itself" }), true)).toBe("by_itself");
    expect(screensHindrance(view(), true)).toBe(null);
  });

  it("says why there is no picture, in the words of the room", () => {
    expect(roomWords(view(), null)).toBe(null);
    expect(roomWords(view(), "trying")).toBe("room.trying");
    expect(roomWords(view(), "full")).toBe("room.full");
    expect(roomWords(view({ room: "break" }), "private")).toBe("room.break");
    expect(roomWords(view({ room: "off" }), "offline")).toBe("room.offline");
  });

  it("names nobody who has not said so, and says whether the speaker is heard", () => {
    expect(whoWords({ where: "Vefsn", name: "" })).toEqual({ key: "who.nameless", values: { where: "Vefsn" } });
    expect(whoWords({ where: "Vefsn", name: "Kari" }).key).toBe("who.named");
    const speaks = view({ speaker: { where: "Vefsn", name: "" } });
    expect(heardWords(view(), true)).toBe(null);
    expect(heardWords(speaks, true)).toBe("speaker.unheard");
    expect(heardWords({ ...speaks, heard: true }, true)).toBe("speaker.heard");
    expect(heardWords({ ...speaks, heard: true }, false)).toBe(null);
    expect(heardWords({ ...speaks, room: "private" }, true)).toBe(null);
  });
});
