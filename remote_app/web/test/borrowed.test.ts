import { createElement } from "preact";
import { describe, expect, it } from "vitest";
import { languageIn, keepOwn } from "../src/i18n/borrowed";
import nb from "../src/i18n/nb.json";
import sma from "../src/i18n/sma.json";
import { speak, t } from "../src/i18n";

const langOf = (props: Record<string, unknown>, ...children: string[]): unknown =>
  (createElement("p", props, ...children).props as { lang?: string }).lang;

describe("a page in South Sámi", () => {
  it("has bokmål where a word is missing, and says which is which", () => {
    keepOwn(sma);
    speak("sma", { ...nb, ...sma });
    expect(t("room.more")).toBe("Vielie");
    expect(t("write.close")).toBe("Lukk");
    expect([langOf({}, t("room.more")), langOf({}, t("write.close"))]).toEqual(["sma", "nb"]);
    expect(langOf({}, t("join.hello", { name: "Kari" }))).toBe("sma");
    expect(langOf({}, "1 ", t("status.hand.up_place", { place: 2 }))).toBe("nb");
    expect(langOf({ "aria-label": t("room.look.up") })).toBe("nb");
    expect(langOf({ lang: "en" }, t("write.close"))).toBe("en");
    expect(langOf({}, "Anne Berg")).toBeUndefined();
  });

  it("keeps no more texts than it needs", () => {
    for (let place = 0; place < 2000; place += 1) t("status.hand.up_place", { place });
    expect(languageIn(nb["status.hand.up_place"].replace("{place}", "0"))).toBeUndefined();
    expect(languageIn(nb["status.hand.up_place"].replace("{place}", "1999"))).toBe("nb");
  });
});
