import { useState } from "preact/hooks";
import type { Preflight as Found, Refused } from "../../generated/wire";
import type { RobotView } from "../board";
import type { Desk } from "../desk";
import { lines, summary } from "../preflight";
import { clock } from "../store";
import { t, timeOfDay } from "../words";
import { Icon } from "./icon";
import { Press } from "./press";

interface PreflightProps {
  readonly view: RobotView;
  readonly desk: Desk;
}

type Asking = "idle" | "asking" | "busy" | "no_answer";

const ICON = { ok: "check", note: "note", wrong: "warning", skipped: "clock" } as const;

/** What the robot found half an hour before the meeting, or when somebody asked; and asking it now. */
export function Preflight({ view, desk }: PreflightProps) {
  const [asking, ask] = useState<Asking>("idle");
  if (!view.present || !view.state) return null;
  const newest = view.state.preflight;
  const refused = (reason: Refused["reason"]): Asking => (reason === "busy" ? "busy" : "no_answer");
  const look = (): void => {
    if (asking === "asking") return;
    ask("asking");
    desk.request(view.robot, { type: "run_preflight", ice: { type: "ice", servers: [], relay_only: false } }, (reply) =>
      ask(reply === null ? "no_answer" : reply.type === "refused" ? refused(reply.reason) : "idle"),
    );
  };
  return (
    <div class="preflight">
      <div class="preflight-head">
        {newest ? <Summary newest={newest} stateAt={view.stateAt} /> : <p class="quiet">{t("preflight.never")}</p>}
        <Press
          label={t("preflight.look")}
          name={t("hand.of", { what: t("preflight.look"), name: view.place })}
          onPress={look}
        />
      </div>
      <p class="notice" role="status">
        {asking === "idle" ? "" : t(`preflight.${asking}`)}
      </p>
    </div>
  );
}

function Summary({ newest, stateAt }: { readonly newest: Found; readonly stateAt: number }) {
  const gravity = summary(newest);
  const at = timeOfDay(Date.now() - newest.since_s * 1000 - Math.max(0, clock.value - stateAt));
  return (
    <details class="fold" open={gravity === "wrong"}>
      <summary>
        <Icon name={ICON[gravity]} />
        {t(`preflight.all.${gravity}`, { time: at })}
      </summary>
      <ul class="preflight-list">
        {lines(newest).map(({ found, gravity: one }) => (
          <li key={found} class={`is-${one}`}>
            <Icon name={ICON[one]} />
            <span>{t(`preflight.${found}`)}</span>
          </li>
        ))}
      </ul>
    </details>
  );
}
