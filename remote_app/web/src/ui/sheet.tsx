import type { Signal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";
import { type Key, t } from "../i18n";
import { phase } from "../store";
import { onEscape } from "./say";
import { SheetHead } from "./sheethead";

interface Props {
  readonly name: string;
  readonly title: Key;
  readonly shown: Signal<boolean>;
  /** The id of the button that opens it. */
  readonly opener: string;
  readonly children: ComponentChildren;
}

/** Where the keyboard goes on: at the button that opened the sheet, or at one that is always there. */
function giveFocusBack(id: string): void {
  const opener = phase.value === "room" ? document.getElementById(id) : null;
  (opener ?? document.querySelector<HTMLElement>(".controls button"))?.focus();
}

/** Over the picture until it is closed; the keyboard begins at *Lukk* and goes back where it came from. */
export function Sheet({ name, title, shown, opener, children }: Props) {
  const button = useRef<HTMLButtonElement>(null);
  const sheet = useRef<HTMLElement>(null);
  const close = (): void => {
    shown.value = false;
  };
  useLayoutEffect(() => {
    const it = sheet.current;
    button.current?.focus();
    return () => it?.contains(document.activeElement) && giveFocusBack(opener);
  }, []);
  return (
    <section class={`sheet ${name}`} id={name} ref={sheet} aria-labelledby="sheet-title" onKeyDown={onEscape(close)}>
      <SheetHead button={button} onClose={close}>
        <h2 class="ds-label" id="sheet-title">
          {t(title)}
        </h2>
      </SheetHead>
      {children}
    </section>
  );
}
