import { render } from "preact";
import { chosenLanguage } from "../i18n/fetch";
import { LoginPage } from "./page";
import { loadWords } from "./words";

const app = document.getElementById("app");
const token = /^#first=([\w-]+)$/.exec(location.hash)?.[1] ?? "";

if (app) {
  void loadWords(chosenLanguage()).then(() => {
    app.replaceChildren();
    render(<LoginPage token={token} />, app);
  });
}
