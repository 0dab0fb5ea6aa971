import type { ComponentChildren } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { type Key, t } from "../i18n";
import { soundBothWays } from "../session/device";
import { measureLine } from "../session/lineCheck";
import type { NoMicrophone } from "../session/microphone";
import { playTone } from "../session/tone";
import { tryVoice } from "../session/trial";
import { type LineWord, lineWord } from "../words/line";
import { microphoneSteps } from "./failure";
import { Steps } from "./steps";

interface PartProps {
  readonly number: number;
  readonly title: Key;
  /** What to do, or the question that stands. */
  readonly ask: Key;
  /** What came of it: read aloud when it changes. */
  readonly said: string;
  /** What to do about it. */
  readonly steps?: Key | null;
  readonly children: ComponentChildren;
}

function TryPart({ number, title, ask, said, steps = null, children }: PartProps) {
  const id = `try-${number}`;
  return (
    <section class="try" aria-labelledby={id}>
      <h2 id={id}>
        {number}. {t(title)}
      </h2>
      <p role="status">{t(ask)}</p>
      {children}
      <p class="try-said" role="status">
        {said}
      </p>
      {steps ? <Steps of={steps} /> : null}
    </section>
  );
}

interface ChoiceProps {
  readonly label: Key;
  readonly quiet?: boolean;
  readonly pressed?: boolean;
  readonly onPress: () => void;
}

function Choice({ label, quiet = false, pressed, onPress }: ChoiceProps) {
  return (
    <button
      type="button"
      class="ds-button"
      data-variant={quiet ? "secondary" : "primary"}
      {...(pressed === undefined ? {} : { "aria-pressed": pressed })}
      onClick={onPress}
    >
      {t(label)}
    </button>
  );
}

/** The three parts of the test. */
export function Tryout({ token }: { readonly token: string }) {
  return (
    <>
      <SoundPart />
      <VoicePart />
      <LinePart token={token} />
    </>
  );
}

type Heard = "untried" | "asked" | "heard" | "unheard";

function SoundPart() {
  const [state, become] = useState<Heard>("untried");
  const context = useRef<AudioContext | null>(null);
  useEffect(() => () => void context.current?.close(), []);
  const play = (): void => {
    soundBothWays();
    context.current ??= new AudioContext(); // in the tap: the browser then lets it be heard
    void playTone(context.current);
    become("asked");
  };
  const asked = state !== "untried"; // the answers stay: what has the focus does not go away
  const heard = state === "heard";
  const unheard = state === "unheard";
  return (
    <TryPart
      number={1}
      title="try.sound"
      ask={asked ? "try.sound.asked" : "try.sound.how"}
      said={heard || unheard ? t(`try.sound.${state}`) : ""}
      steps={unheard ? "try.sound.steps" : null}
    >
      <div class="try-choices">
        {asked ? <Choice label="try.sound.yes" quiet={!heard} pressed={heard} onPress={() => become("heard")} /> : null}
        {asked ? <Choice label="try.sound.no" quiet={!unheard} pressed={unheard} onPress={() => become("unheard")} /> : null}
        <Choice label={asked ? "try.sound.again" : "try.sound.play"} quiet={asked} onPress={play} />
      </div>
    </TryPart>
  );
}

type Spoken = "untried" | "asking" | "waiting" | "heard" | "quiet";

function VoicePart() {
  const [state, become] = useState<Spoken>("untried");
  const [missing, miss] = useState<NoMicrophone | null>(null);
  const stop = useRef<() => void>(() => undefined);
  const gone = useRef(false);
  const bar = useRef<HTMLSpanElement>(null);
  useEffect(
    () => () => {
      gone.current = true;
      stop.current();
    },
    [],
  );
  const listen = async (): Promise<void> => {
    if (state === "asking") return;
    stop.current();
    miss(null);
    become("asking");
    const got = await tryVoice((spoken, level) => {
      become(spoken);
      bar.current?.style.setProperty("--level", level.toFixed(2));
    });
    if (typeof got === "string") {
      become("untried");
      miss(got);
      return;
    }
    stop.current = got;
    if (gone.current) got();
    else become("waiting");
  };
  const listens = state === "waiting" || state === "heard" || state === "quiet";
  const tried = listens || missing !== null;
  const steps = missing ? microphoneSteps(missing) : state === "quiet" ? "try.voice.steps" : null;
  const why = missing ? `${t(`microphone.${missing}.title`)}. ${t(`microphone.${missing}.text`)}` : "";
  const said = why || (state === "untried" ? "" : t(`try.voice.${state}`));
  return (
    <TryPart number={2} title="try.voice" ask="try.voice.how" said={said} steps={steps}>
      <div class="try-choices">
        <Choice label={tried ? "try.voice.again" : "try.voice.start"} quiet={listens} onPress={() => void listen()} />
      </div>
      {listens ? (
        <span class="level try-level" aria-hidden="true">
          <span class="level-bar" ref={bar} />
        </span>
      ) : null}
    </TryPart>
  );
}

function LinePart({ token }: { readonly token: string }) {
  const [state, become] = useState<"untried" | "measuring" | LineWord>("untried");
  const giveUp = useRef<AbortController | null>(null);
  useEffect(() => () => giveUp.current?.abort(), []);
  const measure = async (): Promise<void> => {
    if (state === "measuring") return;
    const control = new AbortController();
    giveUp.current = control;
    become("measuring");
    const found = lineWord(await measureLine(token, control.signal));
    if (!control.signal.aborted) become(found);
  };
  const advice = state === "fair" || state === "bad" || state === "none";
  return (
    <TryPart
      number={3}
      title="try.line"
      ask="try.line.how"
      said={state === "untried" ? "" : t(`try.line.${state}`)}
      steps={advice ? "try.line.steps" : null}
    >
      <div class="try-choices">
        <Choice label={state === "untried" ? "try.line.start" : "try.line.again"} quiet={state === "good"} onPress={() => void measure()} />
      </div>
    </TryPart>
  );
}
