import { expect, test } from "vitest";
import { bytes, text } from "../src/login/passkey";

test("bytes travel as URL-safe base64 without padding, and come back", () => {
  for (const length of [0, 1, 2, 3, 32, 65, 1023]) {
    const sent = Uint8Array.from({ length }, (_, at) => (at * 151 + 250) % 256);
    const travels = text(sent.buffer);
    expect(travels).toMatch(/^[A-Za-z0-9_-]*$/);
    expect(travels.length).toBe(Math.ceil((length * 4) / 3));
    expect(bytes(travels)).toEqual(sent);
  }
  expect(text(Uint8Array.from([251, 255, 254]).buffer)).toBe("-__-");
});
