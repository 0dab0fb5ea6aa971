import { t } from "../i18n";
import type { Session } from "../session/session";
import { placesShown, robot } from "../store";
import { wide } from "./wide";

/** A button for each place that the leader saved; the head looks there at once. */
export function PlaceList({ session }: { readonly session: Session }) {
  const look = (pan: number, tilt: number): void => {
    session.steering.lookAt({ pan, tilt }, performance.now());
    placesShown.value = false; // what lies over the picture goes: one wants to see it
  };
  return (
    <div class="places" role="group" aria-label={t("places.group")}>
      {robot.value?.places.map(({ name, pan_deg, tilt_deg }) => (
        <button
          key={name}
          type="button"
          class={wide.value ? "pill" : "control"}
          aria-label={t("places.look", { name })}
          onClick={() => look(pan_deg, tilt_deg)}
        >
          {name}
        </button>
      ))}
    </div>
  );
}
