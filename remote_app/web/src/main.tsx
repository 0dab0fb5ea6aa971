import { effect } from "@preact/signals";
import { render } from "preact";
import { chooseLanguage, languageOf, t } from "./i18n";
import { followLink } from "./session/link";
import { Session } from "./session/session";
import * as store from "./store";
import { App } from "./ui/app";
import { TooOld } from "./ui/trouble";

const TOKEN_IN_PATH = /^\/j\/([^/]+)/;

function canShowTheRoom(): boolean {
  return "RTCPeerConnection" in window && "WebSocket" in window && "RTCRtpTransceiver" in window;
}

function title(): string {
  const answer = store.link.value;
  const course = typeof answer === "object" && answer.type === "link_info" ? answer.course : "";
  if (!course) return t("title.plain");
  return t(store.phase.value === "idle" ? "title.join" : "title.room", { course });
}

function start(app: HTMLElement): void {
  const token = decodeURIComponent(TOKEN_IN_PATH.exec(location.pathname)?.[1] ?? "");
  app.replaceChildren();
  followLink(token);
  effect(() => {
    document.title = title();
  });
  render(canShowTheRoom() ? <App session={new Session(token)} /> : <TooOld />, app);
}

chooseLanguage(languageOf(location.search));
const app = document.getElementById("app");
if (app) start(app);
