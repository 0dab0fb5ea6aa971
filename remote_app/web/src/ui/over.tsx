import { useEffect, useRef, useState } from "preact/hooks";
import type { Watcher } from "../generated/wire";
import { t } from "../i18n";
import type { Session } from "../session/session";
import { phase, robot } from "../store";
import { followGiving, tablets } from "../session/giving";
import { modeWords } from "../words/mode";
import { ROLES, newcomers } from "../words/who";
import { Icon } from "./icon";

const SHOWN_MS = 10_000; // long enough to be read twice, and it stands in *Hvem er med* all the time

/** Says once of each who begins to watch. */
function WatchNotice() {
  const before = useRef<readonly Watcher[]>([]);
  const [said, setSaid] = useState("");
  const watchers = robot.value?.watchers ?? [];
  useEffect(() => {
    const fresh = newcomers(before.current, watchers);
    before.current = watchers;
    if (fresh.length > 0) setSaid(fresh.map(({ name, role }) => t("who.came", { name, role: t(ROLES[role]) })).join(" "));
  }, [watchers]);
  useEffect(() => {
    const timer = window.setTimeout(() => setSaid(""), SHOWN_MS);
    return () => window.clearTimeout(timer);
  }, [said]);
  return (
    <p class="pill watch-note" role="status">
      {phase.value === "room" ? said : ""}
    </p>
  );
}

/** How the room takes part in the meeting, as long as it is not in plenary; a screen reader says when it changes. */
function ModeNote() {
  const words = phase.value === "room" ? modeWords(robot.value) : null;
  return (
    <p class="pill mode-note" role="status">
      {words ? t(words) : ""}
    </p>
  );
}

let follows = false;

/** The steering, one tap away from each other tablet of the seat. */
function HandOver({ session }: { readonly session: Session }) {
  useEffect(() => {
    if (!follows) followGiving();
    follows = true;
  }, []);
  if (phase.value !== "room") return null;
  return tablets(robot.value?.watchers ?? []).map(({ name, to }) => (
    <button key={to} type="button" class="pill" onClick={() => session.send({ type: "hand_over", to })}>
      <Icon name="tablet" />
      {t("who.give", { name })}
    </button>
  ));
}

/** To whom the steering can go, how the room takes part, and who begins to watch. */
export function Others({ session }: { readonly session: Session }) {
  return (
    <>
      <HandOver session={session} />
      <ModeNote />
      <WatchNotice />
    </>
  );
}
