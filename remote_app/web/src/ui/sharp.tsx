import { signal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { t } from "../i18n";
import type { Session } from "../session/session";
import { phase, still } from "../store";
import { sharpWords } from "../words/sharp";
import { Icon } from "./icon";
import { SharpStage, zoomBy } from "./sharpstage";
import { SheetHead } from "./sheethead";

const MOST_WIDE_PX = 2560; // of the whole picture; more is asked for where somebody zooms in
const ZOOM_STEP = 1.5;
const SECOND_MS = 1000;

/** How the person wants it; the board alone, as nobody asks for the wall around it. */
const straight = signal(true);
const clear = signal(false);

function wish(): { readonly rectify: boolean; readonly outline: null; readonly contrast: boolean } {
  return { rectify: straight.value, outline: null, contrast: clear.value };
}

function width(): number {
  return Math.min(MOST_WIDE_PX, Math.max(320, Math.ceil(window.innerWidth * devicePixelRatio)));
}

function take(session: Session): void {
  session.sharp.change((one, now) => one.take(wish(), width(), now));
}

/** Over the picture of the room: asks for all that the robot's sensor sees. */
export function SharpButton({ session }: { readonly session: Session }) {
  if (phase.value !== "room") return null;
  return (
    <button type="button" id="sharp" class="pill sharp-open" aria-label={t("sharp.open")} onClick={() => take(session)}>
      <Icon name="camera" />
      <span class="sharp-full">{t("sharp.open")}</span>
      <span class="sharp-short">{t("sharp.short")}</span>
    </button>
  );
}

/** The sharp picture over everything, until it is closed or its minute is over. */
export function Sharp({ session }: { readonly session: Session }) {
  return still.value.kind === "closed" ? null : <SharpDialog session={session} />;
}

function SharpDialog({ session }: { readonly session: Session }) {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    dialog.current?.showModal();
    return () => document.getElementById("sharp")?.focus();
  }, []);
  const close = (): void => session.sharp.change((one) => one.close());
  const now = still.value;
  const words = sharpWords(now, straight.value);
  const share = now.kind === "waiting" || now.kind === "shown" ? now.share : null;
  return (
    <dialog
      class="sharp"
      ref={dialog}
      aria-labelledby="sharp-title"
      onCancel={(event) => {
        event.preventDefault();
        close();
      }}
      onKeyDown={(event) => event.stopPropagation()}
    >
      <SheetHead onClose={close}>
        <h2 class="ds-label" id="sharp-title">
          {t("sharp.open")}
        </h2>
      </SheetHead>
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
            onClick={() => take(session)}
          >
            <Icon name="camera" />
            {t("sharp.again")}
          </button>
        )}
      </div>
    </dialog>
  );
}

function Tools({ session }: { readonly session: Session }) {
  const look = still.value.kind === "shown" ? still.value.look : null;
  const change = (of: typeof straight, to: boolean): void => {
    of.value = to;
    session.sharp.change((one, now) => one.lookAs(wish(), width(), now));
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
