import { live } from "../store";
import { Icon, type IconName } from "./icon";

interface Props {
  readonly label: string;
  /** What a screen reader says, where the word alone does not tell whom it is about; it contains the word. */
  readonly name?: string;
  readonly icon?: IconName;
  readonly kind?: "primary" | "secondary" | "tertiary";
  readonly danger?: boolean;
  readonly large?: boolean;
  /** Where it stands among its like, for the style. */
  readonly place?: string;
  readonly id?: string;
  readonly onPress: () => void;
}

/** A button of the leader's page. While there is no line it stays where it is, and does nothing. */
export function Press({ label, name, icon, kind = "secondary", danger, large, place, id, onPress }: Props) {
  const alive = live.value;
  return (
    <button
      type="button"
      class={["ds-button press", large ? "large" : "", danger ? "danger" : "", place ?? ""].filter(Boolean).join(" ")}
      data-variant={kind}
      {...(id ? { id } : {})}
      aria-label={name ?? label}
      aria-disabled={!alive}
      onClick={() => alive && onPress()}
    >
      {icon ? <Icon name={icon} /> : null}
      {label}
    </button>
  );
}
