"""What the camera sees from picture to picture: while the head is still, only what has changed is drawn anew."""

from collections.abc import Iterable

import numpy as np

from hardware_sim.room.panorama import Box, Lens, Picture


class Eye:
    """A lens and the picture that it saw last."""

    def __init__(self, lens: Lens) -> None:
        self._lens = lens
        self._picture: Picture = np.zeros((lens.height, lens.width, 3), np.uint8)
        self._looked: tuple[int, int] | None = None

    def look(self, panorama: Picture, changed: Iterable[Box], pan_deg: float, tilt_deg: float) -> Picture:
        """What is seen of the panorama, which differs in these boxes from what it was at the last look.

        The picture (height, width, 3) is the eye's own and good until the next look.
        """
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
