import { t } from "../i18n";
import { late } from "../parts";
import type { Session } from "../session/session";
import { phase, placesShown, robot, toggleSheet } from "../store";
import { Coming } from "./coming";
import { Icon } from "./icon";
import { Sheet } from "./sheet";
import { wide } from "./wide";

function some(): boolean {
  return phase.value === "room" && (robot.value?.places.length ?? 0) > 0;
}

/** Opens the saved places on a screen that has no room for them beside the picture's own buttons. */
export function PlacesOpener() {
  if (wide.value || !some()) return null;
  return (
    <button
      type="button"
      id="open-places"
      class="pill open-places"
      aria-expanded={placesShown.value}
      onClick={() => toggleSheet(placesShown)}
    >
      <Icon name="eye" />
      {t("places.open")}
    </button>
  );
}

/** The saved places: over the picture's lower edge where there is room, otherwise in a sheet. */
export function Places({ session }: { readonly session: Session }) {
  const here = late.here.value;
  if (!some()) return null;
  if (wide.value) return here ? <here.PlaceList session={session} /> : null;
  if (!placesShown.value) return null;
  return (
    <Sheet name="look" title="places.open" shown={placesShown} opener="open-places">
      {here ? <here.PlaceList session={session} /> : <Coming part={late} />}
    </Sheet>
  );
}
