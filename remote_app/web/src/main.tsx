import { effect } from "@preact/signals";
import { render } from "preact";
import { t } from "./i18n";
import { chosenLanguage } from "./i18n/fetch";
import { loadLanguage } from "./i18n/load";
import { followLink } from "./session/link";
import { Session } from "./session/session";
import { keepOnTablet } from "./shell/keep";
import * as store from "./store";
import { App } from "./ui/app";
import { Start } from "./ui/start";
import { TooOld } from "./ui/trouble";

const TOKEN_IN_PATH = /^\/j\/([^/]+)/;

function canShowTheRoom(): boolean {
  return "RTCPeerConnection" in window && "WebSocket" in window && "RTCRtpTransceiver" in window;
}

function title(): string {
  const answer = store.link.value;
  const course = typeof answer === "object" ? answer.course : store.start.value?.course;
  if (!course) return t("title.plain");
  return t(store.phase.value === "idle" ? "title.join" : "title.room", { course });
}

function start(app: HTMLElement, token: string): void {
  app.replaceChildren();
  effect(() => {
    document.title = title();
  });
  if (!canShowTheRoom()) render(<TooOld />, app);
  else render(token ? <App session={new Session(token)} /> : <Start />, app);
}

const app = document.getElementById("app");
const token = decodeURIComponent(TOKEN_IN_PATH.exec(location.pathname)?.[1] ?? "");
if (token) followLink(token); // needs no words: link and words come at the same time
if (app) void loadLanguage(chosenLanguage()).then(() => start(app, token)).then(keepOnTablet);
