import type { ComponentChildren, Ref } from "preact";
import { t } from "../i18n";
import { Icon } from "./icon";

interface Props {
  readonly children: ComponentChildren;
  readonly button?: Ref<HTMLButtonElement>;
  readonly onClose: () => void;
}

/** What lies over the room begins with its name, and *Lukk* beside it. */
export function SheetHead({ children, button, onClose }: Props) {
  return (
    <div class="sheet-head">
      {children}
      <button type="button" class="ds-button" data-variant="tertiary" ref={button ?? null} onClick={onClose}>
        <Icon name="close" />
        {t("write.close")}
      </button>
    </div>
  );
}
