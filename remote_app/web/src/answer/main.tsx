import { render } from "preact";
import { chosenLanguage } from "../i18n/fetch";
import { AnswerPage } from "./page";
import { loadWords } from "./words";

const app = document.getElementById("app");
const token = decodeURIComponent(/^\/e\/([^/]+)/.exec(location.pathname)?.[1] ?? "");

if (app) {
  void loadWords(chosenLanguage()).then(() => {
    app.replaceChildren();
    render(<AnswerPage token={token} />, app);
  });
}
