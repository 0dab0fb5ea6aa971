import { effect } from "@preact/signals";
import { render } from "preact";
import { chosenLanguage } from "../i18n/fetch";
import { Desk } from "./desk";
import { board } from "./store";
import { App } from "./ui/app";
import { loadWords, t } from "./words";

const TOKEN_IN_PATH = /^\/l\/([^/]+)/;

function start(app: HTMLElement, desk: Desk): void {
  app.replaceChildren();
  effect(() => {
    const course = board.value?.course;
    document.title = course ? t("title.course", { course }) : t("title.plain");
  });
  render(<App desk={desk} />, app);
}

const app = document.getElementById("app");
const token = decodeURIComponent(TOKEN_IN_PATH.exec(location.pathname)?.[1] ?? "");
const desk = new Desk(token); // needs no words: link and words come at the same time
if (app) void loadWords(chosenLanguage()).then(() => start(app, desk));
