import { t } from "../i18n";
import type { Session } from "../session/session";
import { goal, pose, robot } from "../store";
import type { Angles } from "../view/geometry";
import { lens, verticalFov } from "../view/geometry";
import { type Frame, frameOnMap, heading } from "../view/map";

const WIDTH = 220;
const HEIGHT = 60;
const EDGE = 2;

function box(frame: Frame) {
  return {
    x: EDGE + frame.left * (WIDTH - 2 * EDGE),
    y: EDGE + frame.top * (HEIGHT - 2 * EDGE),
    width: frame.width * (WIDTH - 2 * EDGE),
    height: frame.height * (HEIGHT - 2 * EDGE),
  };
}

/** The angle in words, for those who do not see the map. */
function words(at: Angles): string {
  const { across, upright, pan, tilt } = heading(at);
  return t("map.label", {
    across: t(`map.${across}`, { degrees: pan }),
    upright: t(`map.${upright}`, { degrees: tilt }),
  });
}

/** Everything that the head can show, with a frame where it looks and a dashed one where it is going. */
export function HeadMap({ session }: { readonly session: Session }) {
  const at = pose.value ?? { pan: 0, tilt: 0 };
  const { limits, view } = session.steering;
  const v = verticalFov(lens(robot.value?.view ?? view, view.hfov_deg));
  const fov = { h: view.hfov_deg, v };
  return (
    <svg class="headmap" viewBox={`0 0 ${WIDTH} ${HEIGHT}`} role="img" aria-label={words(at)}>
      <rect class="headmap-all" x="1" y="1" width={WIDTH - 2} height={HEIGHT - 2} rx="8" />
      <path class="headmap-ahead" d={`M${WIDTH / 2} 6V${HEIGHT - 6}`} />
      {goal.value ? <rect class="headmap-goal" rx="5" {...box(frameOnMap(limits, fov, goal.value))} /> : null}
      <rect class="headmap-view" rx="5" {...box(frameOnMap(limits, fov, at))} />
    </svg>
  );
}
