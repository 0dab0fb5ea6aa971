"""A drawn course room, wide enough to turn in: what the stand-in robot sees."""

from __future__ import annotations

from functools import cache
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

Picture = npt.NDArray[np.uint8]

PX_PER_DEG = 8
WIDTH, HEIGHT = 360 * PX_PER_DEG, 120 * PX_PER_DEG
VIEW = (640, 360)
HFOV_DEG = 78.0

WALL, FLOOR, WOOD, BOARD = (205, 222, 232), (120, 150, 172), (92, 128, 164), (70, 88, 52)
JUMPERS = [(150, 90, 60), (70, 90, 170), (110, 140, 80), (140, 110, 150), (60, 60, 60)]


def _person(image: Any, x: int, y: int, size: int, colour: tuple[int, int, int]) -> None:
    cv2.ellipse(image, (x, y + size * 2), (size, int(size * 1.5)), 0, 180, 360, colour, -1, cv2.LINE_AA)
    cv2.circle(image, (x, y), int(size * 0.55), (150, 185, 225), -1, cv2.LINE_AA)
    cv2.ellipse(
        image, (x, y - size // 6), (int(size * 0.6), int(size * 0.5)), 0, 180, 360, (60, 80, 110), -1, cv2.LINE_AA
    )


@cache
def panorama() -> Picture:
    """The whole room, 0 degrees in the middle."""
    image = np.full((HEIGHT, WIDTH, 3), WALL, np.uint8)
    middle = WIDTH // 2
    image[HEIGHT * 3 // 4 :] = FLOOR
    for x in range(0, WIDTH, 720):
        cv2.rectangle(image, (x + 40, 240), (x + 200, 500), (235, 225, 205), -1)
        cv2.rectangle(image, (x + 40, 240), (x + 200, 500), (250, 250, 250), 8)
    cv2.rectangle(image, (middle - 250, 250), (middle + 250, 560), BOARD, -1)
    cv2.rectangle(image, (middle - 250, 250), (middle + 250, 560), WOOD, 10)
    for row, text in enumerate(("Mestringstreff 3", "Pust, puls og pauser", "Hva hjelper deg?")):
        cv2.putText(
            image, text, (middle - 220, 320 + 80 * row), cv2.FONT_HERSHEY_DUPLEX, 1.1, (235, 240, 240), 2, cv2.LINE_AA
        )
    _person(image, middle + 330, 420, 85, (120, 90, 40))
    for seat, colour in enumerate(JUMPERS * 2):
        x = (middle - 900 + 200 * seat) % WIDTH
        _person(image, x, 640, 70, colour)
    cv2.rectangle(image, (middle - 1000, 760), (middle + 1000, 800), WOOD, -1)
    return image


def view(pan_deg: float, tilt_deg: float) -> Picture:
    """What a head turned so far sees, BGR, `VIEW` large. The wall is flat enough at these angles."""
    wide = int(HFOV_DEG * PX_PER_DEG)
    high = wide * VIEW[1] // VIEW[0]
    left = int((180 + pan_deg - HFOV_DEG / 2) * PX_PER_DEG)
    top = int(np.clip((60 - tilt_deg) * PX_PER_DEG - high / 2, 0, HEIGHT - high))
    columns = np.arange(left, left + wide) % WIDTH
    return np.asarray(cv2.resize(panorama()[top : top + high][:, columns], VIEW), np.uint8)
