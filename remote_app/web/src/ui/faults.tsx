import { useRef } from "preact/hooks";
import { t } from "../i18n";
import { phase, robot } from "../store";
import { FaultNews, type FaultsShown, faultText, wellText } from "../words/faults";
import { Icon } from "./icon";

const OTHERS = 2; // more is a list, and no line

/** A line of its own between picture and controls; a screen reader says what is new in it, not all of it again. */
export function Faults() {
  const news = useRef<FaultNews | null>(null);
  const shown = useRef<FaultsShown>({ told: [], well: [] });
  news.current ??= new FaultNews();
  const state = robot.value;
  if (state && phase.value === "room") shown.current = news.current.look(state.faults, performance.now());
  const { told, well } = shown.current;
  const [first, ...others] = told;
  const rest = others.slice(0, OTHERS);
  return (
    <div class="faults" role="status" aria-atomic="false">
      {first ? (
        <p key={first}>
          <Icon name="warning" />
          <strong>{t(faultText(first).what)}</strong>
          <span>{t(faultText(first).then)}</span>
        </p>
      ) : null}
      {rest.length > 0 ? <p key="rest">{t("fault.also", { faults: rest.map((fault) => t(faultText(fault).what)).join(" ") })}</p> : null}
      {well.length > 0 ? <p key="well">{well.map((part) => t(wellText(part))).join(" ")}</p> : null}
    </div>
  );
}
