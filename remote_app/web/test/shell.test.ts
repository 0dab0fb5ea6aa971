import { describe, expect, it } from "vitest";
import { isNobody, roadOf } from "../src/shell/rule";

const HERE = "https://kurs.example";

describe("what is kept on the tablet", () => {
  const road = (path: string, mode: RequestMode = "cors", method = "GET") => roadOf(HERE + path, HERE, method, mode);

  it("stands in for the patient's pages, whatever their link", () => {
    expect(["/", "/?lang=nn", "/j/abc.def", "/j/abc?lang=en"].map((path) => road(path, "navigate"))).toEqual(Array(4).fill("shell"));
  });

  it("is no other page's", () => {
    const others = ["/l/abc", "/healthz", "/j/abc/more", "/j/", "/jx/abc"];
    expect(others.map((path) => road(path, "navigate"))).toEqual(Array(5).fill("network"));
  });

  it("gives back files that never change, and leaves the service's answers alone", () => {
    expect(road("/static/assets/late-1.js")).toBe("asset");
    expect(["/api/link/abc", "/api/start", "/ws/abc", "/static/index.html", "/j/abc"].map((path) => road(path))).toEqual(Array(5).fill("network"));
    expect(road("/static/assets/late-1.js", "cors", "POST")).toBe("network");
    expect(roadOf("https://other.example/static/assets/a.js", HERE, "GET", "cors")).toBe("network");
  });

  it("speaks when a proxy finds nobody, not when the service itself says no", () => {
    expect([200, 403, 404, 500, 502, 503, 504].filter(isNobody)).toEqual([502, 503, 504]);
  });
});
