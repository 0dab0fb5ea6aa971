import { render } from "preact";
import { chosenLanguage } from "../i18n/fetch";
import { AccountPage } from "./account";
import { LoginPage } from "./page";
import { loadWords } from "./words";

const app = document.getElementById("app");
const token = /^#first=([\w-]+)$/.exec(location.hash)?.[1] ?? "";

if (app) {
  void loadWords(chosenLanguage()).then(() => {
    app.replaceChildren();
    render(location.pathname === "/account" ? <AccountPage /> : <LoginPage token={token} />, app);
  });
}
