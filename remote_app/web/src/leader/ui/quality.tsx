import type { RobotState, SessionState } from "../../generated/wire";
import type { Desk } from "../desk";
import { MEASURES, type Measure, plot } from "../history";
import { clock } from "../store";
import { type Key, t } from "../words";

const FEW = 10; // below it one decimal says something

function figure(value: number): string {
  return String(value < FEW ? Math.round(value * 10) / 10 : Math.round(value)).replace(".", t("quality.comma"));
}

interface QualityProps {
  readonly state: RobotState;
  readonly session: SessionState;
  readonly desk: Desk;
}

/** How the line is, in words; one tap away how it has been, drawn, with its figures. */
export function Quality({ state: { robot, quality }, session, desk }: QualityProps) {
  const verdict = quality?.verdict;
  const samples = desk.history.of(robot, session.id);
  const word: Key = verdict ? `robot.quality.${verdict}` : "quality.measuring";
  return (
    <details class="fold quality">
      <summary>
        <span class={`lamp is-${verdict ?? "unknown"}`} aria-hidden="true" />
        {t(word)}
      </summary>
      <p class="quiet">{t("quality.note")}</p>
      <div class="plots">
        {MEASURES.map((measure) => (
          <Drawn key={measure} measure={measure} drawn={plot(samples, measure, clock.value)} />
        ))}
      </div>
    </details>
  );
}

function Drawn({ measure, drawn }: { readonly measure: Measure; readonly drawn: ReturnType<typeof plot> }) {
  const what = t(`quality.${measure}`);
  if (!drawn) {
    return (
      <figure class="plot">
        <figcaption>{what}</figcaption>
        <p class="quiet">{t("quality.unknown")}</p>
      </figure>
    );
  }
  const figures = { what, now: figure(drawn.now), least: figure(drawn.least), most: figure(drawn.most) };
  return (
    <figure class="plot">
      <figcaption>
        {what}
        <strong>{figures.now}</strong>
      </figcaption>
      <svg viewBox="0 0 100 100" preserveAspectRatio="none" role="img" aria-label={t("quality.plot", figures)}>
        <path class="grid" d="M0 0H100M0 50H100M0 100H100" />
        <path class="drawn" d={drawn.path} />
      </svg>
      <p class="quiet">{t("quality.range", figures)}</p>
    </figure>
  );
}
