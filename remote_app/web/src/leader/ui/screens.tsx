import { useState } from "preact/hooks";
import type { RobotView } from "../board";
import type { Desk } from "../desk";
import { addressOf, screenLinks } from "../screens";
import { board } from "../store";
import { t } from "../words";
import { Press } from "./press";

const MOST_LETTERS = 60;

/** The link of screens elsewhere that follow this room: made, shown, and withdrawn at once. */
export function Screens({ view, desk }: { readonly view: RobotView; readonly desk: Desk }) {
  const [name, setName] = useState("");
  const path = screenLinks.value.get(view.robot);
  const field = `screen-name-${view.robot}`;
  const watchers = view.state?.watchers ?? [];
  const open = watchers.filter(({ role }) => role === "screen").length;
  const called = name.trim() || (board.value?.name ?? "");
  const [copied, setCopied] = useState("");
  const copy = (what: string): void => {
    void navigator.clipboard?.writeText(addressOf(what)).then(() => setCopied(what), () => undefined);
  };
  const press = (key: "screen.make" | "screen.withdraw", onPress: () => void) => (
    <Press label={t(key)} name={t("hand.of", { what: t(key), name: view.place })} onPress={onPress} />
  );
  return (
    <details class="fold screens">
      <summary>{open > 0 ? t("screen.title.open", { open }) : t("screen.title")}</summary>
      <p>{t("screen.text")}</p>
      <label class="ds-label" for={field}>
        {t("screen.name")}
      </label>
      <input
        class="ds-input"
        id={field}
        maxLength={MOST_LETTERS}
        value={name}
        onInput={({ currentTarget }) => setName(currentTarget.value)}
      />
      <div class="presses">
        {press("screen.make", () => desk.makeScreen(view.robot, called))}
        {press("screen.withdraw", () => desk.withdrawScreen(view.robot))}
      </div>
      <div role="status">
        {path === "" ? <p>{t("screen.withdrawn")}</p> : null}
        {path ? <p>{t("screen.link")}</p> : null}
      </div>
      {path ? (
        <div class="presses">
          <a class="ds-button press" data-variant="tertiary" href={addressOf(path)} target="_blank" rel="noreferrer">
            {t("screen.open")}
          </a>
          <Press label={t(copied === path ? "screen.copied" : "screen.copy")} onPress={() => copy(path)} />
        </div>
      ) : null}
    </details>
  );
}
