"""What the lights mean."""

from __future__ import annotations

import itertools

import pytest

from protocol.state import Eyes, HandLight, Mood
from robot_agent.face import shown


@pytest.mark.parametrize("mood", list(Mood))
def test_eyes_are_open_when_and_only_when_somebody_can_see_or_hear(mood: Mood) -> None:
    for watched, hand, floor in itertools.product([True, False], repeat=3):
        face = shown(watched=watched, mood=mood, hand_raised=hand, floor=floor)
        assert (face.eyes is not Eyes.CLOSED) == watched
        assert not watched or face.eyes.value == mood.value


@pytest.mark.parametrize(
    ("hand", "floor", "light"),
    [
        (False, False, HandLight.OFF),
        (True, False, HandLight.BLINK),
        (False, True, HandLight.ON),
        (True, True, HandLight.ON),
    ],
)
def test_the_hand_blinks_and_the_floor_shines(hand: bool, floor: bool, light: HandLight) -> None:
    assert shown(watched=True, mood=Mood.NEUTRAL, hand_raised=hand, floor=floor).hand_light is light
