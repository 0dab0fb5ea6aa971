import { expect, test } from "vitest";
import nb from "../src/courses/i18n/courses-nb.json";
import { type LogLine, lineWords } from "../src/courses/log";
import { speak } from "../src/courses/words";

speak("nb", nb);

const line = (deed: string, more: Partial<LogLine> = {}): LogLine => ({
  number: 1,
  at: "2030-01-07T10:00:00Z",
  deed,
  municipality: "Vefsn",
  site: "Frisklivssentralen",
  robot: "vefsn",
  role: "patient",
  name: "Kari",
  by: "",
  detail: "",
  link: "link-of-kari",
  done_by: "",
  ...more,
});
const LED = { role: "leader", by: "Ane", done_by: "link-of-ane" };

test("an entry is a sentence with who, and how or why", () => {
  expect(lineWords(line("entered"))).toBe("Kari (pasient) kom inn");
  expect(lineWords(line("left", { detail: "lost" }))).toBe("Kari (pasient) gikk ut: forbindelsen ble borte");
  expect(lineWords(line("refused", { detail: "code-wrong", name: "", link: "", role: "" }))).toBe(
    "Noen slapp ikke inn: sifrene var ikke noens",
  );
  expect(lineWords(line("admitted", { ...LED, detail: "nurse" }))).toBe("Ane slapp inn Kari: en sykepleier var med");
  expect(lineWords(line("private_on", LED))).toBe("Ane slo på privat");
  expect(lineWords(line("logged_in", { ...LED, detail: "password" }))).toBe("Ane logget inn: med passord");
});

test("whoever looks on begins and ends with that", () => {
  const relative = { role: "relative", name: "Per" };
  expect(lineWords(line("entered", { ...relative, detail: "watching" }))).toBe("Per (pårørende) begynte å se på");
  expect(lineWords(line("left", { ...relative, detail: "watching-private" }))).toBe(
    "Per (pårørende) sluttet å se på: det er privat",
  );
});

test("who is deleted, and words that nobody knows, are said as what they are", () => {
  expect(lineWords(line("entered", { name: "" }))).toBe("Noen som er slettet (pasient) kom inn");
  expect(lineWords(line("left", { detail: "by_magic" }))).toBe("Kari (pasient) gikk ut: by_magic");
  expect(lineWords(line("was_a_ghost"))).toBe("Denne linja er ikke skrevet av tjenesten (was_a_ghost)");
});
