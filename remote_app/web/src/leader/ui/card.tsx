import { useEffect, useState } from "preact/hooks";
import type { RobotState, SessionState } from "../../generated/wire";
import { type RobotView, personIn } from "../board";
import type { Desk } from "../desk";
import { faultKeys } from "../faults";
import type { Mode } from "../modes";
import { steers } from "../steers";
import { clock } from "../store";
import { t, timeOfDay } from "../words";
import { Guide } from "./guide";
import { Icon } from "./icon";
import { Look, Watchers } from "./look";
import { NoticeLine } from "./notice";
import { Preflight } from "./preflight";
import { Places } from "./places";
import { Press } from "./press";
import { Quality } from "./quality";
import { Question } from "./question";
import { Screens } from "./screens";
import { TextPanel, WritePress } from "./text";
import { Volume } from "./volume";
import { Waiting } from "./waiting";

interface CardProps {
  readonly view: RobotView;
  readonly desk: Desk;
}

/** One robot: whether it is there, who waits, who is in, what does not work, and what the leader can do about it. */
export function RobotCard({ view, desk }: CardProps) {
  const title = `robot-${view.robot}`;
  const faults = view.present ? faultKeys(view.state?.faults ?? []) : [];
  return (
    <section class="robot" aria-labelledby={title}>
      <div class="robot-head">
        <h2 class="ds-heading" id={title}>
          {view.place}
        </h2>
        <StateWord view={view} />
      </div>
      {faults.length > 0 ? (
        <ul class="robot-faults">
          {faults.map((key) => (
            <li key={key}>
              <Icon name="warning" />
              {t(key)}
            </li>
          ))}
        </ul>
      ) : null}
      <Waiting view={view} desk={desk} />
      <div class="robot-main">
        <Person view={view} desk={desk} />
        <Private view={view} desk={desk} />
      </div>
      <Look view={view} desk={desk}>
        <Guide view={view} desk={desk} />
      </Look>
      {view.present && view.state ? <Watchers watchers={view.state.watchers} begun={(seconds) => begun(seconds, view)} /> : null}
      <Preflight view={view} desk={desk} />
      {view.present && view.state ? <Places view={view} state={view.state} desk={desk} /> : null}
      <Screens view={view} desk={desk} />
      <NoticeLine robot={view.robot} />
      <TextPanel robot={view.robot} />
    </section>
  );
}

function stateWord({ present, state }: RobotView): "off" | "private" | "on" | Exclude<Mode, "plenary"> {
  if (!present) return "off";
  const mode = state?.mode ?? "plenary";
  if (state?.private) return mode === "break" ? "break" : "private";
  return mode === "plenary" ? "on" : mode;
}

function StateWord({ view }: { readonly view: RobotView }) {
  const word = stateWord(view);
  return (
    <p class={`robot-state is-${word}`}>
      {word === "private" || word === "break" ? <Icon name="lock" /> : null}
      {t(`robot.${word}`)}
    </p>
  );
}

/** The person, and who is with them. */
function names({ name, companion }: SessionState): string {
  return companion ? t("robot.both", { name, companion }) : name;
}

function personWords(state: RobotState, session: SessionState, time: string): string {
  const name = names(session);
  if (session.lost_s > 0) return t("robot.lost", { name });
  if (session.media === "connecting" && !session.rescue) return t("robot.connecting", { name });
  return state.listening ? `${t("robot.in", { name, time })} ${t("robot.listening", { name })}` : t("robot.in", { name, time });
}

function facts(state: RobotState): string[] {
  const { battery } = state;
  if (!battery) return [];
  return [t(battery.charging ? "robot.charging" : "robot.battery", { percent: Math.round(battery.percent) })];
}

/** Which of those who are in steers, and since when: one who comes back after a break has steered all the while. */
function Steers({ view, state }: { readonly view: RobotView; readonly state: RobotState }) {
  const one = steers(state);
  return one ? <p class="quiet">{t("robot.steers", { name: one.name, time: timeOfDay(begun(one.sinceS, view)) })}</p> : null;
}

/** When that began which was so many seconds old at the robot's newest word, on the clock on the wall. */
function begun(seconds: number, { stateAt }: RobotView): number {
  return Date.now() - seconds * 1000 - Math.max(0, clock.value - stateAt);
}

/** Who is in, and the end of the visit; the question goes when the person does. */
function Person({ view, desk }: { readonly view: RobotView; readonly desk: Desk }) {
  const session = personIn(view);
  const [asked, ask] = useState(false);
  useEffect(() => ask(false), [session?.id]);
  const state = view.state;
  if (!view.present || !state) return null;
  const words = facts(state);
  const quiet = words.length > 0 ? <p class="quiet">{words.join(" · ")}</p> : null;
  if (!session) {
    return (
      <div class="person">
        <p>{t("robot.nobody")}</p>
        {quiet}
      </div>
    );
  }
  const { name, id } = session;
  const opener = `end-${view.robot}`;
  return (
    <div class="person">
      <p>{personWords(state, session, timeOfDay(begun(session.since_s, view)))}</p>
      <Steers view={view} state={state} />
      {quiet}
      <div class="presses">
        {state.hand.floor || state.hand.raised ? null : (
          <Press
            label={t("hand.floor")}
            name={t("hand.of", { what: t("hand.floor"), name })}
            onPress={() => desk.act(view.robot, id, { type: "give_floor", given: true })}
          />
        )}
        <WritePress robot={view.robot} />
        <Press label={t("end.for", { name })} icon="leave" id={opener} onPress={() => ask(true)} />
      </div>
      <Quality state={state} session={session} desk={desk} />
      <Volume state={state} session={session} desk={desk} />
      {asked ? (
        <Question
          text={t("end.question", { name })}
          yes={t("end.yes")}
          opener={opener}
          onYes={() => {
            ask(false);
            desk.act(view.robot, id, { type: "end_for_person" });
          }}
          onNo={() => ask(false)}
        />
      ) : null}
    </div>
  );
}

/** *Privat nå* is one press, at once; to open the room again is asked first. */
function Private({ view, desk }: { readonly view: RobotView; readonly desk: Desk }) {
  const [asked, ask] = useState(false);
  const on = view.state?.private ?? false;
  useEffect(() => ask(false), [on]);
  if (!view.present) return null;
  const opener = `private-${view.robot}`;
  const turn = (to: boolean): void => desk.act(view.robot, null, { type: "set_private", on: to });
  return (
    <div class="private">
      {on ? <p>{t("private.is_on")}</p> : null}
      <Press
        label={t(on ? "private.lift" : "private.now")}
        name={t("hand.of", { what: t(on ? "private.lift" : "private.now"), name: view.place })}
        icon="lock"
        kind={on ? "secondary" : "primary"}
        large
        id={opener}
        onPress={() => (on ? ask(true) : turn(true))}
      />
      {asked ? (
        <Question
          text={t("private.question")}
          yes={t("private.yes")}
          opener={opener}
          onYes={() => {
            ask(false);
            turn(false);
          }}
          onNo={() => ask(false)}
        />
      ) : null}
    </div>
  );
}
