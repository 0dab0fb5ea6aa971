import type { ComponentChildren } from "preact";
import { Icon, type IconName } from "./icon";

interface Props {
  readonly icon: IconName;
  readonly label: string;
  readonly pressed?: boolean;
  readonly kind: string;
  readonly children?: ComponentChildren;
  readonly onPress: () => void;
}

/** A large button, icon and word. */
export function Control({ icon, label, pressed, kind, children, onPress }: Props) {
  return (
    <button
      type="button"
      class={`control ${kind}`}
      aria-label={label}
      {...(pressed === undefined ? {} : { "aria-pressed": pressed })}
      onClick={onPress}
    >
      <Icon name={icon} />
      <span class="control-word">{label}</span>
      {children}
    </button>
  );
}
