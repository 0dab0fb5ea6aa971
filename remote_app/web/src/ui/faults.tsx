import { useEffect, useRef } from "preact/hooks";
import { t } from "../i18n";
import { faultsShown, phase, robot, toggleSheet } from "../store";
import { FaultNews, type FaultsShown, type Told, faultText, wellText } from "../words/faults";
import { Icon } from "./icon";
import { Sheet } from "./sheet";

const OTHERS = 2; // more is a list, and no line
const OPENER = "open-faults";

/** A line of its own between picture and controls; a screen reader says what is new in it, not all of it again. On a
 * small screen it shows the gravest alone, and opens the rest: the picture keeps its place. */
export function Faults() {
  const news = useRef<FaultNews | null>(null);
  const shown = useRef<FaultsShown>({ told: [], well: [] });
  news.current ??= new FaultNews();
  const state = robot.value;
  if (state && phase.value === "room") shown.current = news.current.look(state.faults, performance.now());
  const { told, well } = shown.current;
  const [first, ...others] = told;
  const rest = others.slice(0, OTHERS);
  useEffect(() => {
    if (!first) faultsShown.value = false;
  }, [!first]);
  return (
    <>
      <div class={first || well.length > 0 ? "faults some" : "faults"}>
        <div class="faults-news" role="status" aria-atomic="false">
          {first ? (
            <p key={first}>
              <Icon name="warning" />
              <strong>{t(faultText(first).what)}</strong>
              <span class="folds">{t(faultText(first).then)}</span>
            </p>
          ) : null}
          {rest.length > 0 ? (
            <p key="rest" class="folds">
              {t("fault.also", { faults: rest.map((fault) => t(faultText(fault).what)).join(" ") })}
            </p>
          ) : null}
          {well.length > 0 ? (
            <p key="well" class={first ? "folds" : ""}>
              {well.map((part) => t(wellText(part))).join(" ")}
            </p>
          ) : null}
        </div>
        {first ? (
          <button type="button" id={OPENER} class="faults-open" aria-expanded={faultsShown.value} onClick={() => toggleSheet(faultsShown)}>
            <span class="ds-sr-only">{t("fault.title")}</span>
            {others.length > 0 ? <span>{t("fault.more", { number: others.length })}</span> : null}
            <Icon name="down" />
          </button>
        ) : null}
      </div>
      {first && faultsShown.value ? <FaultsSheet told={told} /> : null}
    </>
  );
}

function FaultsSheet({ told }: { readonly told: readonly Told[] }) {
  return (
    <Sheet name="told" title="fault.title" shown={faultsShown} opener={OPENER}>
      {told.map((fault) => (
        <p key={fault}>
          <strong>{t(faultText(fault).what)}</strong> {t(faultText(fault).then)}
        </p>
      ))}
    </Sheet>
  );
}
