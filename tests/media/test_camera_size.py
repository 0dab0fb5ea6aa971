"""The size that is taken from a camera: the wanted one, or the best of its shape, whatever the driver answers."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from robot_agent.media.camera_size import USUAL, Size, probe


class Driver:
    """As V4L2 does it: the nearest size that the camera has."""

    def __init__(self, *has: Size) -> None:
        self.has = has
        self.now: Size = has[0] if has else (0, 0)

    def ask(self, size: Size) -> Size:
        if self.has:
            self.now = min(self.has, key=lambda one: abs(one[0] - size[0]) + abs(one[1] - size[1]))
        return self.now


@pytest.mark.parametrize(
    ("has", "wanted", "found"),
    [
        (((1280, 720), (640, 480)), (1280, 720), (1280, 720)),
        (((1280, 800), (640, 360)), (1280, 720), (640, 360)),
        (((1280, 960), (1024, 576), (640, 360)), (1280, 720), (1024, 576)),
        (((640, 480), (320, 240)), (1280, 720), (640, 480)),
        (((1920, 1080),), (1280, 720), (1920, 1080)),
        (((1280, 960), (848, 480)), (1280, 720), (848, 480)),
        ((), (1280, 720), (0, 0)),
    ],
)
def test_what_is_taken(has: tuple[Size, ...], wanted: Size, found: Size) -> None:
    driver = Driver(*has)
    assert probe(driver.ask, wanted) == found == driver.now


@given(st.lists(st.sampled_from(USUAL), min_size=1, unique=True), st.sampled_from(USUAL))
def test_the_camera_is_left_at_the_size_that_is_told(has: list[Size], wanted: Size) -> None:
    driver = Driver(*has)
    found = probe(driver.ask, wanted)
    assert found == driver.now
    assert found in has
    assert wanted not in has or found == wanted
