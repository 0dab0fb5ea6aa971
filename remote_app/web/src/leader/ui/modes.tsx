import { useState } from "preact/hooks";
import type { RobotView } from "../board";
import type { Desk } from "../desk";
import { MODES, type Mode, modeOf, singly } from "../modes";
import { board, live } from "../store";
import { t } from "../words";
import { Icon, type IconName } from "./icon";
import { Question } from "./question";

const ICONS: Readonly<Record<Mode, IconName>> = { plenary: "plenary", group: "group", one_to_one: "pair", break: "pause" };

interface ChoiceProps {
  readonly id: string;
  readonly views: readonly RobotView[];
  readonly desk: Desk;
  /** The names alone: what they mean stands above. */
  readonly short?: boolean;
}

/** One row of four, one of them pressed. A break, and its end, are asked first: they reach into the rooms. */
function Choice({ id, views, desk, short = false }: ChoiceProps) {
  const [asked, ask] = useState<Mode | null>(null);
  const now = modeOf(views);
  const choose = (mode: Mode): void => {
    ask(null);
    desk.setMode(views, mode);
  };
  const press = (mode: Mode): void => {
    if (!live.value) return;
    if (mode !== now && (mode === "break" || now === "break")) ask(mode);
    else choose(mode);
  };
  return (
    <>
      <div class={short ? "modes short" : "modes"} role="group" aria-labelledby={`${id}-title`}>
        {MODES.map((mode) => (
          <button
            key={mode}
            type="button"
            id={`${id}-${mode}`}
            class="mode"
            aria-pressed={mode === now}
            aria-disabled={!live.value}
            onClick={() => press(mode)}
          >
            <Icon name={ICONS[mode]} />
            <span class="mode-name">{t(`mode.${mode}`)}</span>
            {short ? null : <span class="quiet">{t(`mode.${mode}.means`)}</span>}
          </button>
        ))}
      </div>
      {asked ? (
        <Question
          text={t(asked === "break" ? "meeting.break.question" : "meeting.resume.question")}
          yes={t(asked === "break" ? "meeting.break.yes" : "meeting.resume.yes")}
          opener={`${id}-${asked}`}
          onYes={() => choose(asked)}
          onNo={() => ask(null)}
        />
      ) : null}
    </>
  );
}

/** How the leader's rooms take part in the meeting: all of them alike, or each by itself. */
export function Modes({ desk }: { readonly desk: Desk }) {
  const now = board.value;
  if (!now) return null;
  const each = singly(now);
  return (
    <>
      <h3 id="mode-title">{t(each.length > 0 ? "mode.title.all" : "mode.title")}</h3>
      {each.length > 0 && modeOf(now.robots) === null ? <p>{t("mode.differ")}</p> : null}
      <Choice id="mode" views={now.robots} desk={desk} />
      {each.length > 0 ? (
        <details class="fold each">
          <summary>{t("mode.each")}</summary>
          {each.map((view) => (
            <section key={view.robot}>
              <h3 id={`mode-${view.robot}-title`}>{view.place}</h3>
              <Choice id={`mode-${view.robot}`} views={[view]} desk={desk} short />
            </section>
          ))}
        </details>
      ) : null}
    </>
  );
}
