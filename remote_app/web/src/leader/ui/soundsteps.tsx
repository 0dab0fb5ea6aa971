import { useEffect, useRef, useState } from "preact/hooks";
import type { RobotState } from "../../generated/wire";
import { LevelMeter } from "../../session/microphone";
import type { RobotView } from "../board";
import type { Desk } from "../desk";
import { LevelSeen, type ToneHeard, toneHeard } from "../guide";
import { MOST_ROUNDS, fitted } from "../loud";
import { type Key, t } from "../words";
import { stepped } from "../volume";
import { Icon } from "./icon";
import { HearPress } from "./look";
import { Press } from "./press";

const METER_MS = 100;

interface StepProps {
  readonly view: RobotView;
  readonly desk: Desk;
}

interface VerdictProps {
  readonly kind: "good" | "wait" | "bad";
  readonly text: string;
}

function Verdict({ kind, text }: VerdictProps) {
  const icon = { good: "check", wait: "clock", bad: "warning" } as const;
  return (
    <p class={`verdict is-${kind}`}>
      <Icon name={icon[kind]} />
      <span>{text}</span>
    </p>
  );
}

function kindOf(heard: ToneHeard): VerdictProps["kind"] {
  if (heard === "asking") return "wait";
  return heard === "heard" ? "good" : "bad";
}

/** Both ways: the room hears the robot's tone, and the room's sound comes all the way here. */
export function SoundStep({ view, desk }: StepProps) {
  const [heard, hear] = useState<ToneHeard | null>(null);
  const play = (): void => {
    hear("asking");
    desk.request(view.robot, { type: "ask_heard" }, (reply) => hear(toneHeard(reply)));
  };
  return (
    <>
      <section class="guide-part">
        <h4>{t("guide.sound.out")}</h4>
        <p>{t("guide.sound.out.how")}</p>
        <div class="presses">
          <Press label={t("guide.sound.play")} icon="sound" kind="primary" onPress={play} />
        </div>
        <div role="status">{heard ? <Verdict kind={kindOf(heard)} text={t(`guide.tone.${heard}`)} /> : null}</div>
      </section>
      <section class="guide-part">
        <h4>{t("guide.sound.in")}</h4>
        <p>{t("guide.sound.in.how")}</p>
        <RoomLevel desk={desk} />
        <div class="presses">
          <HearPress desk={desk} place={view.place} />
        </div>
        <p class="quiet">{t("guide.sound.howl")}</p>
      </section>
    </>
  );
}

/** How loud the room is, as it comes out of the line here; the sentence changes once, the bar is for the eye. */
function RoomLevel({ desk }: { readonly desk: Desk }) {
  const stream = desk.look.at.value?.watching.stream.value ?? null;
  const bar = useRef<HTMLSpanElement>(null);
  const [shown, show] = useState<"moves" | "waits" | "silent">("waits");
  useEffect(() => {
    const [track] = stream?.getAudioTracks() ?? [];
    if (!track) return;
    const context = new AudioContext(); // a press led here
    void context.resume();
    const meter = new LevelMeter(context);
    meter.listenTo(track);
    const seen = new LevelSeen();
    const timer = window.setInterval(() => {
      const level = meter.read();
      if (bar.current) bar.current.style.inlineSize = `${Math.round(level * 100)}%`;
      show(seen.look(level, performance.now()));
    }, METER_MS);
    return () => {
      window.clearInterval(timer);
      void context.close();
    };
  }, [stream]);
  return (
    <>
      <div class="meter" aria-hidden="true">
        <span ref={bar} />
      </div>
      <div role="status">
        <Verdict
          kind={shown === "moves" ? "good" : shown === "silent" ? "bad" : "wait"}
          text={t(stream ? `guide.level.${shown}` : "guide.level.none")}
        />
      </div>
    </>
  );
}

type Asked = "asking" | "fits" | "unknown" | "faint" | "not_heard" | "closed" | "busy" | "no_answer";

/** *Hører dere meg?*: a tone, what the robot heard of it, and the volume by that, until it fits. */
export function VolumeStep({ view, state, desk }: StepProps & { readonly state: RobotState }) {
  const [asked, ask] = useState<Asked | null>(null);
  const here = useRef(true);
  useEffect(() => () => void (here.current = false), []);
  const percent = Math.round(state.volume.percent);
  const round = (at: number, left: number): void => {
    ask("asking");
    desk.request(view.robot, { type: "ask_heard" }, (reply) => {
      if (!here.current) return;
      if (reply?.type !== "done" || reply.applied.type !== "heard_applied") return ask(toneHeard(reply) as Asked);
      const fit = fitted(at, reply.applied.heard);
      if (fit.kind !== "set") return ask(fit.kind === "fits" ? "fits" : fit.why);
      desk.request(view.robot, { type: "set_volume", percent: fit.percent, whisper: false }, (set) => {
        if (!here.current) return;
        if (set?.type !== "done") ask(set ? "closed" : "no_answer");
        else if (left > 1) round(fit.percent, left - 1);
        else ask("fits");
      });
    });
  };
  const change = (by: 1 | -1) => () => desk.act(view.robot, null, { type: "set_volume", ...stepped(state.volume, by) });
  const key: Key | null = asked === null ? null : `guide.fit.${asked}`;
  return (
    <>
      <p>{t("guide.volume.how")}</p>
      <div class="presses">
        <Press
          label={t("volume.ask")}
          icon="sound"
          kind="primary"
          onPress={() => asked !== "asking" && round(percent, MOST_ROUNDS)}
        />
      </div>
      <div role="status">
        {key ? (
          <Verdict
            kind={asked === "asking" ? "wait" : asked === "fits" ? "good" : "bad"}
            text={t(key, { percent })}
          />
        ) : null}
      </div>
      <section class="guide-part">
        <h4>{t("volume.now", { percent })}</h4>
        <p>{t("guide.volume.people")}</p>
        <div class="presses">
          <Press label={t("volume.lower")} onPress={change(-1)} />
          <Press label={t("volume.louder")} onPress={change(1)} />
        </div>
      </section>
    </>
  );
}
