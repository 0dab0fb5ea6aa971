import { describe, expect, it } from "vitest";
import type { RobotState, Watcher } from "../src/generated/wire";
import { steers } from "../src/leader/steers";
import { Giving, tablets } from "../src/session/giving";
import { besideHindrance } from "../src/session/watchRule";
import { atTheTablet } from "../src/ui/lookon";
import { seated, whoIsThere } from "../src/words/who";

function tablet(name: string, change: Partial<Watcher> = {}): Watcher {
  return { role: "companion", name, connection: `to-${name}`, since_s: 1, seeing: true, ...change };
}

function state(companion: string, watchers: Watcher[] = [], change: Partial<RobotState> = {}): RobotState {
  return { private: false, session: { name: "Kari", companion }, watchers, ...change } as RobotState;
}

function names(of: RobotState): string[] {
  expect(atTheTablet(of)).toEqual(seated(of)); // the one of the room, and the one of those who look on
  expect(steers(of)?.name).toBe(seated(of)[0]?.name); // and the leader's
  return seated(of).map(({ name }) => name);
}

describe("two names of one seat", () => {
  it("sit at one tablet, the person steers", () => {
    expect(names(state("Anne"))).toEqual(["Kari", "Anne"]);
    expect(names(state("Anne", [tablet("Per", { role: "relative" })]))).toEqual(["Kari", "Anne"]);
  });

  it("are told where each has a tablet, whichever steers", () => {
    expect(names(state("Anne", [tablet("Anne")]))).toEqual(["Kari"]);
    expect(names(state("Anne", [tablet("Kari")]))).toEqual(["Anne"]);
    expect(names(state("", [tablet("Kari")]))).toEqual(["Kari"]);
    expect(names(state("", [], { session: null }))).toEqual([]);
  });

  it("stand in the list with who steers first", () => {
    const roles = (of: RobotState): string[] => whoIsThere(of).map(({ name, role }) => `${name} ${role}`);
    expect(roles(state("Anne"))).toEqual(["Kari who.steers", "Anne who.with"]);
    expect(roles(state("Anne", [tablet("Kari")]))).toEqual(["Anne who.helps", "Kari who.tablet"]);
  });
});

describe("giving the steering away", () => {
  it("is to a tablet of the seat that sees the room", () => {
    const all = [tablet("Anne"), tablet("Ida", { seeing: false }), tablet("Per", { role: "relative" }), tablet("Ole", { connection: null })];
    expect(tablets(all)).toEqual([{ name: "Anne", to: "to-Anne" }]);
  });

  it("leaves whoever gave it beside, also over a line that broke meanwhile", () => {
    const giving = new Giving();
    expect(giving.look("room", [tablet("Anne")])).toBe(false);
    expect(giving.look("reconnecting", [])).toBe(false);
    expect(giving.look("replaced", [])).toBe(true);
    expect(giving.look("elsewhere", [])).toBe(true);
  });

  it("is not what happens when nobody was beside, or somebody leaves", () => {
    const giving = new Giving();
    giving.look("room", [tablet("Per", { role: "relative" })]);
    expect(giving.look("replaced", [])).toBe(false);
    giving.look("room", [tablet("Anne")]);
    giving.look("left", [tablet("Anne")]);
    expect(giving.look("elsewhere", [tablet("Anne")])).toBe(false);
  });
});

describe("what keeps another tablet of the seat out", () => {
  it("is the line, the robot, privacy or an empty seat, and nobody's word", () => {
    expect(besideHindrance(state(""), true, false)).toBe("offline");
    expect(besideHindrance(state(""), false, true)).toBe("off");
    expect(besideHindrance(null, true, true)).toBe("off");
    expect(besideHindrance(state("", [], { private: true }), true, true)).toBe("private");
    expect(besideHindrance(state("", [], { session: null }), true, true)).toBe("nobody_in");
    expect(besideHindrance(state(""), true, true)).toBeNull();
  });
});
