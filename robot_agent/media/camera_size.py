"""Which size to take from a camera that does not have the one that is asked for. Pure but for `ask`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, TypeAlias

Size: TypeAlias = tuple[int, int]
"""Width and height in pixels."""

# What USB cameras have in common (USB Video Class cameras list their own; a driver gives the nearest that it has).
USUAL: Final[tuple[Size, ...]] = (
    (1920, 1080),
    (1600, 1200),
    (1280, 960),
    (1280, 720),
    (1024, 768),
    (1024, 576),
    (960, 540),
    (800, 600),
    (848, 480),
    (640, 480),
    (640, 360),
    (320, 240),
    (320, 180),
)
SAME_SHAPE: Final = 0.02  # 848×480 is meant to be 16:9


def probe(ask: Callable[[Size], Size], wanted: Size) -> Size:
    """The size that the camera is set to in the end; `ask` sets one and tells what the camera made of it.

    The wanted one; else what it gives, if that has the same shape; else the largest of that shape that it has and that
    is not larger; else whatever it gives for the wanted one.
    """
    given = ask(wanted)
    if _same_shape(given, wanted):
        return given
    for size in USUAL:
        if size[0] < wanted[0] and _same_shape(size, wanted) and ask(size) == size:
            return size
    return ask(wanted)


def _same_shape(one: Size, other: Size) -> bool:
    if min(*one, *other) <= 0:
        return False
    return abs(one[0] * other[1] / (one[1] * other[0]) - 1) <= SAME_SHAPE
