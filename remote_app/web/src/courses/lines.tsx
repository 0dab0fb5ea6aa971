import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { language } from "../i18n";
import { type Lines, file, list } from "./api";
import { PARTS, bySite, drawn } from "./drawn";
import { t } from "./words";

const TALL = 12; // of the bars, in their own units; a whole bar is 100 wide

/** How the lines of a course were: for each site a bar a meeting, and the figures one tap away. */
export function LinesOfCourse({ course }: { readonly course: string }) {
  const found = useSignal<readonly Lines[] | null>(null);
  const failed = useSignal(false);
  const at = `/courses/${course}/quality`;
  useEffect(() => {
    let shown = true;
    list<Lines>(at).then(
      (items) => shown && (found.value = items),
      () => shown && (failed.value = true),
    );
    return () => (shown = false);
  }, [at]);
  const items = found.value;
  return (
    <section class="planning-card" aria-labelledby="lines-title">
      <h2 class="ds-heading" id="lines-title">
        {t("lines.title")}
      </h2>
      {failed.value ? <p>{t("lines.failed")}</p> : null}
      {items?.length === 0 ? <p>{t("lines.none")}</p> : null}
      {items && items.length > 0 ? (
        <>
          <p>{t("lines.note")}</p>
          <Legend />
          {bySite(items).map((meetings) => (
            <OneSite key={`${meetings[0]?.municipality} ${meetings[0]?.site}`} meetings={meetings} />
          ))}
          <a class="planning-link" href={file(`${at}/csv`)} download>
            {t("lines.csv")}
          </a>
        </>
      ) : null}
    </section>
  );
}

function Legend() {
  return (
    <ul class="lines-legend" aria-hidden="true">
      {PARTS.map((part) => (
        <li key={part}>
          <Bar good={part === "good" ? 1 : 0} slow={part === "slow" ? 1 : 0} bad={part === "bad" ? 1 : 0} />
          {t(`lines.${part}`)}
        </li>
      ))}
    </ul>
  );
}

function OneSite({ meetings }: { readonly meetings: readonly Lines[] }) {
  const [{ site, municipality } = { site: "", municipality: "" }] = meetings;
  return (
    <div class="lines-site">
      <h3 class="ds-heading">{municipality ? t("sites.line", { name: site, municipality }) : site}</h3>
      {meetings.map((one) => (
        <details key={one.meeting}>
          <summary>
            <span>{t("meetings.number", { number: one.number })}</span>
            <Bar {...one} />
            <span>{one.good === null ? t("lines.unmeasured") : t("lines.share", { good: percent(one.good) })}</span>
          </summary>
          <Figures of={one} />
        </details>
      ))}
    </div>
  );
}

type Shares = Pick<Lines, "good" | "slow" | "bad">;

/** As long as the time of which something is known; the better the line, the higher. */
function Bar(shares: Shares) {
  return (
    <svg class="lines-bar" viewBox={`0 0 100 ${TALL}`} preserveAspectRatio="none" aria-hidden="true">
      {drawn(shares).map(({ part, from, width, height }) => (
        <rect key={part} class={`is-${part}`} x={from} y={TALL * (1 - height)} width={width} height={TALL * height} />
      ))}
    </svg>
  );
}

function Figures({ of }: { readonly of: Lines }) {
  const none = t("lines.unmeasured");
  const shares =
    of.good === null
      ? none
      : t("lines.shares", { good: percent(of.good), slow: percent(of.slow ?? 0), bad: percent(of.bad ?? 0) });
  const trip =
    of.rtt_median_ms === null
      ? none
      : t("lines.trip_is", { median: of.rtt_median_ms, slowest: of.rtt_p95_ms ?? of.rtt_median_ms });
  const ways = { direct: of.minutes_direct, relay: of.minutes_relay, service: of.minutes_rescue };
  const lines = [
    [t("lines.time"), shares],
    [t("lines.inside"), t("lines.inside_is", { visits: of.visits, minutes: of.minutes })],
    [t("lines.fps"), of.fps === null ? none : figure(of.fps)],
    [t("lines.lowest"), of.lowest === null ? none : t(`lines.step.${of.lowest}`)],
    [t("lines.loss"), of.loss_percent === null ? none : t("lines.percent", { value: figure(of.loss_percent) })],
    [t("lines.trip"), trip],
    [t("lines.again"), figure(of.reconnections)],
    [t("lines.ways"), t("lines.ways_are", ways)],
  ] as const;
  return (
    <dl class="lines-figures">
      {lines.map(([what, value]) => (
        <div key={what}>
          <dt>{what}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

const percent = (share: number): number => Math.round(share * 100);
const figure = (value: number): string =>
  value.toLocaleString(language() === "en" ? "en" : "nb", { maximumFractionDigits: 1 });
