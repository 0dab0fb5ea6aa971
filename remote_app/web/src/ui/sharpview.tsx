import { useEffect, useRef } from "preact/hooks";
import { t } from "../i18n";
import type { Session } from "../session/session";
import { still } from "../store";
import { sharpWords } from "../words/sharp";
import { Icon } from "./icon";
import { SharpStage, zoomBy } from "./sharpstage";
import { clear, straight, takeSharp, wish, wishedWidth } from "./sharpwish";

const ZOOM_STEP = 1.5;
const SECOND_MS = 1000;

/** What lies below the name of the sharp picture: itself, what is to be said of it, and what can be done with it. */
export function SharpView({ session }: { readonly session: Session }) {
  const now = still.value;
  const words = sharpWords(now, straight.value);
  const share = now.kind === "waiting" || now.kind === "shown" ? now.share : null;
  return (
    <>
      {now.kind === "shown" ? <SharpStage session={session} shown={now} /> : <div class="sharp-stage" />}
      <div class="sharp-say">
        <p role="status">{words ? t(words) : ""}</p>
        {share === null ? null : <progress aria-label={t("sharp.progress")} value={share} max={1} />}
        {now.kind === "shown" && share === null ? <Kept goneAt={now.goneAt} /> : null}
      </div>
      <div class="sharp-tools" role="group" aria-label={t("room.controls")}>
        {now.kind === "shown" ? <Tools session={session} /> : null}
        {now.kind === "waiting" ? null : (
          <button
            type="button"
            class="ds-button"
            data-variant={now.kind === "shown" ? "secondary" : "primary"}
            onClick={() => takeSharp(session)}
          >
            <Icon name="camera" />
            {t("sharp.again")}
          </button>
        )}
      </div>
    </>
  );
}

function Tools({ session }: { readonly session: Session }) {
  const look = still.value.kind === "shown" ? still.value.look : null;
  const change = (of: typeof straight, to: boolean): void => {
    of.value = to;
    session.sharp.change((one, now) => one.lookAs(wish(), wishedWidth(), now));
  };
  return (
    <>
      <button type="button" class="ds-button" data-variant="secondary" onClick={() => zoomBy(ZOOM_STEP)}>
        {t("sharp.larger")}
      </button>
      <button type="button" class="ds-button" data-variant="secondary" onClick={() => zoomBy(1 / ZOOM_STEP)}>
        {t("sharp.smaller")}
      </button>
      <Choice label={t("sharp.straight")} on={look?.rectify ?? false} onPress={(on) => change(straight, on)} />
      <Choice label={t("sharp.clear")} on={look?.contrast ?? false} onPress={(on) => change(clear, on)} />
    </>
  );
}

interface ChoiceProps {
  readonly label: string;
  readonly on: boolean;
  readonly onPress: (on: boolean) => void;
}

/** Pressed says what the robot really did. */
function Choice({ label, on, onPress }: ChoiceProps) {
  return (
    <button
      type="button"
      class="ds-button"
      data-variant={on ? "primary" : "secondary"}
      aria-pressed={on}
      onClick={() => onPress(!on)}
    >
      {label}
    </button>
  );
}

/** How long the picture is here, seen and not said aloud every second. */
function Kept({ goneAt }: { readonly goneAt: number }) {
  const place = useRef<HTMLParagraphElement>(null);
  useEffect(() => {
    const tell = (): void => {
      const seconds = Math.max(0, Math.ceil((goneAt - performance.now()) / SECOND_MS));
      if (place.current) place.current.textContent = t("sharp.kept", { seconds });
    };
    tell();
    const timer = setInterval(tell, SECOND_MS);
    return () => clearInterval(timer);
  }, [goneAt]);
  return <p ref={place} />;
}
