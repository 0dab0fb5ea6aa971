import { describe, expect, it } from "vitest";
import { lines, summary } from "../src/leader/preflight";

describe("what the robot found before the meeting", () => {
  it("is told with what somebody must do first", () => {
    const found = ["power_battery", "network_tls_ok", "camera_ok", "sound_not_heard", "head_skipped", "lights_none"] as const;
    const told = lines({ found, since_s: 0 });
    expect(told.map((line) => line.found)).toEqual([
      "sound_not_heard", "lights_none", "power_battery", "head_skipped", "network_tls_ok", "camera_ok",
    ]);
    expect(summary({ found, since_s: 0 })).toBe("wrong");
  });

  it("is well when everything is, and says when something was not tried", () => {
    expect(summary({ found: ["power_ok", "head_ok"], since_s: 3 })).toBe("ok");
    expect(summary({ found: ["power_ok", "head_skipped"], since_s: 3 })).toBe("skipped");
    expect(summary({ found: ["power_unknown", "head_skipped"], since_s: 3 })).toBe("note");
  });
});
