import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import type { RobotView } from "../board";
import type { Desk } from "../desk";
import { STEPS, type Step, canBePlaced, powerWords, stepAfter } from "../guide";
import { faultKeys } from "../faults";
import { t } from "../words";
import { Icon } from "./icon";
import { Room } from "./look";
import { NoticeLine } from "./notice";
import { PlacesBody } from "./places";
import { Press } from "./press";
import { SoundStep, VolumeStep } from "./soundsteps";

interface GuideProps {
  readonly view: RobotView;
  readonly desk: Desk;
}

/** The button of the guide, and the guide itself; both go when somebody is inside, who is neither to see nor to hear it. */
export function Guide({ view, desk }: GuideProps) {
  const [step, go] = useState<Step | null>(null);
  const free = canBePlaced(view);
  useEffect(() => {
    if (!free) go(null);
  }, [free]);
  if (!free) return null;
  const opener = `guide-${view.robot}`;
  return (
    <>
      <Press
        label={t("guide.open")}
        name={t("hand.of", { what: t("guide.open"), name: view.place })}
        icon="list"
        id={opener}
        onPress={() => go("power")}
      />
      {step ? <Sheet view={view} desk={desk} step={step} go={go} opener={opener} /> : null}
    </>
  );
}

interface SheetProps extends GuideProps {
  readonly step: Step;
  readonly go: (step: Step | null) => void;
  readonly opener: string;
}

function Sheet({ view, desk, step, go, opener }: SheetProps) {
  const box = useRef<HTMLDialogElement>(null);
  const heading = useRef<HTMLHeadingElement>(null);
  useLayoutEffect(() => {
    box.current?.showModal();
    return () => {
      desk.look.close(); // the picture was the guide's
      requestAnimationFrame(() => document.getElementById(opener)?.focus());
    };
  }, []);
  useEffect(() => {
    heading.current?.focus();
    box.current?.scrollTo(0, 0);
    if (step !== "power") desk.look.open(view.robot);
  }, [step]);
  const number = STEPS.indexOf(step) + 1;
  const title = `guide-title-${view.robot}`;
  return (
    <dialog class="guide" ref={box} aria-labelledby={title} onClose={() => go(null)}>
      <div class="guide-head">
        <h2 class="ds-heading">{t("guide.title", { place: view.place })}</h2>
        <Press label={t("guide.close")} kind="tertiary" onPress={() => go(null)} />
      </div>
      <Progress step={step} />
      <h3 id={title} tabIndex={-1} ref={heading}>
        {t("guide.step", { number, of: STEPS.length, what: t(`guide.${step}.title`) })}
      </h3>
      <div class={step === "power" ? "guide-body" : "guide-body pictured"}>
        {step === "power" ? null : <Seen view={view} desk={desk} level={step === "stand"} />}
        <div class="guide-what">
          <What step={step} view={view} desk={desk} />
          <NoticeLine robot={view.robot} />
        </div>
      </div>
      <div class="guide-foot">
        {number > 1 ? <Press label={t("guide.back")} onPress={() => go(stepAfter(step, -1))} /> : null}
        {number < STEPS.length ? (
          <Press label={t("guide.next")} kind="primary" onPress={() => go(stepAfter(step, 1))} />
        ) : (
          <Press label={t("guide.done")} kind="primary" onPress={() => go(null)} />
        )}
      </div>
    </dialog>
  );
}

/** Where one is, for the eye; a screen reader has it in the heading. */
function Progress({ step }: { readonly step: Step }) {
  const at = STEPS.indexOf(step);
  return (
    <div class="guide-progress" aria-hidden="true">
      {STEPS.map((one, index) => (
        <span key={one} class={index < at ? "past" : index === at ? "now" : ""} />
      ))}
    </div>
  );
}

function Seen({ view, desk, level }: GuideProps & { readonly level: boolean }) {
  const at = desk.look.at.value;
  return (
    <div class="guide-seen">
      {at?.robot === view.robot ? <Room at={at} place={view.place} desk={desk} guided={level ? "level" : "plain"} /> : null}
    </div>
  );
}

function What({ step, view, desk }: GuideProps & { readonly step: Step }) {
  const { state } = view;
  if (step === "power") return <Power view={view} />;
  if (!view.present || !state) return <p role="status">{t("guide.power.waits")}</p>;
  if (step === "stand") {
    return (
      <ul class="guide-list">
        <li>{t("guide.stand.where")}</li>
        <li>{t("guide.stand.level")}</li>
        <li>{t("guide.stand.cable")}</li>
      </ul>
    );
  }
  if (step === "turn") return <PlacesBody view={view} state={state} desk={desk} />;
  if (step === "sound") return <SoundStep view={view} desk={desk} />;
  return <VolumeStep view={view} state={state} desk={desk} />;
}

function Power({ view }: { readonly view: RobotView }) {
  const words = powerWords(view);
  const battery = view.present ? view.state?.battery : null;
  const faults = view.present ? faultKeys(view.state?.faults ?? []) : [];
  return (
    <>
      <p>{t("guide.power.how")}</p>
      <p role="status" class={`verdict is-${words === "guide.power.on" ? "good" : "wait"}`}>
        <Icon name={words === "guide.power.on" ? "check" : words === "guide.power.waits" ? "clock" : "warning"} />
        <span>{t(words)}</span>
      </p>
      {battery ? (
        <p>{t(battery.charging ? "robot.charging" : "robot.battery", { percent: Math.round(battery.percent) })}</p>
      ) : null}
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
    </>
  );
}
