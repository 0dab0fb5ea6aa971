import { describe, expect, it } from "vitest";
import { digitsOf } from "../src/session/code";
import { codeWords, shortWords } from "../src/words/code";

describe("six digits", () => {
  it("are found in what was typed, pasted or filled in from a message", () => {
    expect(digitsOf("123456")).toBe("123456");
    expect(digitsOf("123 456")).toBe("123456");
    expect(digitsOf(" Kode: 123-456.\n")).toBe("123456");
    expect(digitsOf("1234567")).toBe("123456");
    expect(digitsOf("12e4")).toBe("124");
    expect(digitsOf("١٢٣")).toBe("");
    expect(digitsOf("")).toBe("");
  });

  it("are counted before anybody is asked", () => {
    expect(shortWords("")?.key).toBe("code.empty");
    expect(shortWords("1234")).toEqual({ key: "code.short", values: { count: 4 } });
    expect(shortWords("123456")).toBeNull();
  });
});

describe("the answer to them", () => {
  it("is said, and no answer is one too", () => {
    expect(codeWords(null)?.key).toBe("code.offline");
    expect(codeWords({ type: "code_found", path: "/j/1.x.y" })).toBeNull();
    expect(codeWords({ type: "code_refused", fault: "wrong", retry_s: 0 })?.key).toBe("code.wrong");
    expect(codeWords({ type: "code_refused", fault: "expired", retry_s: 0 })?.key).toBe("code.expired");
  });

  it("says when to try again, in whole minutes and never too early", () => {
    const wait = (retry_s: number) => codeWords({ type: "code_refused", fault: "too_many", retry_s });
    expect(wait(0.2)?.key).toBe("code.too_many.minute");
    expect(wait(60)?.key).toBe("code.too_many.minute");
    expect(wait(61)).toEqual({ key: "code.too_many.minutes", values: { minutes: 2 } });
  });
});
