import { describe, expect, it } from "vitest";
import { Part, addressIn } from "../src/session/part";

const WHERE = "https://robot.example.org/static/assets/late-1a2b.js";

/** A network that fails so many times, and a clock that is moved by hand. */
class World {
  asked: string[] = [];
  waits: { act: () => void; ms: number }[] = [];

  constructor(
    private fails: number,
    private readonly words = `TypeError: Failed to fetch dynamically imported module: ${WHERE}`,
  ) {}

  readonly part = new Part<string>({
    load: () => this.answer("its own"),
    loadFrom: (address) => this.answer(address),
    wait: (act, ms) => void this.waits.push({ act, ms }),
  });

  async pass(): Promise<void> {
    this.waits.shift()?.act();
    await settled();
  }

  private async answer(from: string): Promise<string> {
    this.asked.push(from);
    if (this.fails-- > 0) throw new Error(this.words);
    return "the part";
  }
}

async function settled(): Promise<void> {
  await new Promise((done) => setTimeout(done, 0));
}

describe("a part that is fetched later", () => {
  it("is fetched once, however often it is wanted", async () => {
    const world = new World(0);
    const { part } = world;
    for (let i = 0; i < 5; i++) part.fetch();
    await settled();
    part.fetch();
    expect(part.here.value).toBe("the part");
    expect(part.missing.value).toBe(false);
    expect(world.asked).toEqual(["its own"]);
  });

  it("is asked for again by itself, each time by an address that no browser has given up", async () => {
    const world = new World(3);
    world.part.fetch();
    await settled();
    expect(world.part.missing.value).toBe(true);
    for (let i = 0; i < 10; i++) world.part.fetch(); // the room asks ten times a second: the pause is kept
    await settled();
    expect(world.asked).toHaveLength(1);
    const pauses: number[] = [];
    while (world.waits.length > 0) {
      pauses.push(world.waits[0]?.ms ?? 0);
      await world.pass();
    }
    expect(world.asked).toEqual(["its own", `${WHERE}?again=1`, `${WHERE}?again=2`, `${WHERE}?again=3`]);
    expect(pauses).toEqual([500, 1000, 2000]);
    expect(world.part.here.value).toBe("the part");
    expect(world.part.missing.value).toBe(false);
  });

  it("comes at once when a person asks, and the try that was planned asks for nothing then", async () => {
    const world = new World(1);
    world.part.fetch();
    await settled();
    world.part.again();
    await settled();
    expect(world.part.here.value).toBe("the part");
    await world.pass();
    expect(world.asked).toHaveLength(2);
    expect(world.waits).toHaveLength(0);
  });

  it("is asked for by its own name where the browser does not say which script it was", async () => {
    const world = new World(1, "TypeError: Importing a module script failed.");
    world.part.fetch();
    await settled();
    await world.pass();
    expect(world.asked).toEqual(["its own", "its own"]);
    expect(world.part.here.value).toBe("the part");
  });

  it("waits no longer than a quarter of a minute, and no try is given up", async () => {
    const world = new World(20);
    world.part.fetch();
    await settled();
    let longest = 0;
    while (world.waits.length > 0) {
      longest = Math.max(longest, world.waits[0]?.ms ?? 0);
      await world.pass();
    }
    expect(longest).toBe(15_000);
    expect(world.part.here.value).toBe("the part");
  });
});

describe("the address in a browser's words", () => {
  it("is found in Chromium's and Firefox' words, without what an earlier try put after it", () => {
    expect(addressIn(new TypeError(`Failed to fetch dynamically imported module: ${WHERE}`))).toBe(WHERE);
    expect(addressIn(new TypeError(`error loading dynamically imported module: ${WHERE}?again=2`))).toBe(WHERE);
    expect(addressIn(new TypeError("Importing a module script failed."))).toBe("");
  });
});
