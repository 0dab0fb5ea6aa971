import { useEffect, useRef } from "preact/hooks";
import { t } from "../i18n";
import { late } from "../parts";
import type { Session } from "../session/session";
import { phase, still } from "../store";
import { Coming } from "./coming";
import { Icon } from "./icon";
import { takeSharp } from "./sharpwish";
import { SheetHead } from "./sheethead";

/** Over the picture of the room: asks for all that the robot's sensor sees. Its name is as long as the screen has room. */
export function SharpButton({ session }: { readonly session: Session }) {
  if (phase.value !== "room") return null;
  const [sharp, picture, ...ofWhat] = t("sharp.open").split(" ");
  return (
    <button type="button" id="sharp" class="pill sharp-open" aria-label={t("sharp.open")} onClick={() => takeSharp(session)}>
      <Icon name="camera" />
      <span>
        {sharp} <span class="sharp-picture">{picture}</span> <span class="sharp-full">{ofWhat.join(" ")}</span>
      </span>
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
  const here = late.here.value;
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
      {here ? <here.SharpView session={session} /> : <Coming part={late} />}
    </dialog>
  );
}
