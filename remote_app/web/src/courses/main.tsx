import { render } from "preact";
import { chosenLanguage } from "../i18n/fetch";
import { App } from "./app";
import { loadWords } from "./words";

const app = document.getElementById("app");

if (app) {
  void loadWords(chosenLanguage()).then(() => {
    app.replaceChildren();
    render(<App />, app);
  });
}
