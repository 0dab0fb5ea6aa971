import { describe, expect, it } from "vitest";
import { staysWide } from "../src/view/wide";

const ROOMY = { roomy: true, broad: true };
const LOW = { roomy: false, broad: true };
const NARROW = { roomy: false, broad: false };

describe("where the field stands", () => {
  it("is in the room of every roomy screen, whatever it was before", () => {
    for (const was of [true, false]) for (const writes of [true, false]) expect(staysWide(ROOMY, was, writes)).toBe(true);
  });

  it("stays there while a keyboard on the screen makes it low", () => {
    expect(staysWide(LOW, true, true)).toBe(true);
  });

  it("is in a sheet on a screen that was low before, or where nobody writes", () => {
    expect(staysWide(LOW, false, true)).toBe(false);
    expect(staysWide(LOW, true, false)).toBe(false);
  });

  it("is in a sheet on every narrow screen", () => {
    for (const was of [true, false]) for (const writes of [true, false]) expect(staysWide(NARROW, was, writes)).toBe(false);
  });
});
