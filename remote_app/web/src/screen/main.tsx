import { effect } from "@preact/signals";
import { render } from "preact";
import { chosenLanguage } from "../i18n/fetch";
import { App } from "./app";
import { ScreenLine } from "./line";
import { loadWords, t } from "./words";

const TOKEN_IN_PATH = /^\/s\/([^/]+)/;

function start(app: HTMLElement, line: ScreenLine): void {
  app.replaceChildren();
  effect(() => {
    const link = line.link.value;
    const course = typeof link === "object" && link.type === "screen_link_info" ? link.course : "";
    document.title = course ? t("title.course", { course }) : t("title.plain");
  });
  render(<App line={line} />, app);
}

const app = document.getElementById("app");
const line = new ScreenLine(decodeURIComponent(TOKEN_IN_PATH.exec(location.pathname)?.[1] ?? ""));
if (app) void loadWords(chosenLanguage()).then(() => start(app, line));
