"""What the camera sees from picture to picture: no more is drawn than can be seen.

While the head is still, that is what has changed. While it turns quickly, a camera smears its picture over the time for
which it exposes; then half as many pixels each way are drawn, and spread over all.
"""

import math
from collections.abc import Iterable
from typing import Final

import numpy as np

from hardware_sim.room.panorama import Box, Lens, Picture

EXPOSES_S: Final = 1 / 60  # an ordinary camera in a room
SOFT_PX: Final = 3  # over how many pixels the halved picture spreads one; a camera that smears less is sharper
PAUSE_S: Final = 0.2  # pictures further apart do not tell how fast the head turns


class Eye:
    """A lens and the picture that it saw last."""

    def __init__(self, lens: Lens) -> None:
        self._lens, self._soft = lens, lens.halved()
        self._smears_deg_per_s = math.degrees(SOFT_PX / lens.focal_px) / EXPOSES_S
        self._picture: Picture = np.zeros((lens.height, lens.width, 3), np.uint8)
        self._looked: tuple[int, int] | None = None
        self._before = (0.0, 0.0, -math.inf)

    def look(self, panorama: Picture, changed: Iterable[Box], pan_deg: float, tilt_deg: float, t_s: float) -> Picture:
        """What is seen of the panorama, which differs in these boxes from what it was at the last look.

        `t_s` is the time in seconds on any clock. The picture (height, width, 3) is the eye's own and good until the
        next look.
        """
        smeared = self._turns(pan_deg, tilt_deg, t_s)
        if self._soft is not None and smeared:
            self._soft.gaze(pan_deg, tilt_deg).draw_doubled(panorama, self._picture)
            self._looked = None
            return self._picture
        gaze = self._lens.gaze(pan_deg, tilt_deg)
        if gaze.key != self._looked:
            gaze.draw(panorama, self._picture)
            self._looked = gaze.key
            return self._picture
        for box in changed:
            part = gaze.part(box)
            if part is not None:
                gaze.draw(panorama, self._picture, part)
        return self._picture

    def _turns(self, pan_deg: float, tilt_deg: float, t_s: float) -> bool:
        """Whether the head has turned so fast since the last look that the picture is smeared."""
        last_pan, last_tilt, last_s = self._before
        self._before = pan_deg, tilt_deg, t_s
        turned = max(abs(pan_deg - last_pan), abs(tilt_deg - last_tilt))
        lasted_s = t_s - last_s
        return 0 < lasted_s <= PAUSE_S and turned >= self._smears_deg_per_s * lasted_s
