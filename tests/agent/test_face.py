"""What the lights mean."""

from __future__ import annotations

import itertools

import pytest

from protocol.state import Eyes, HandLight, Mood
from robot_agent.backoff import Backoff
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


def test_waits_double_up_to_a_limit_and_start_small_again() -> None:
    backoff = Backoff(0.2, 2.0, seed=1)
    waits = [backoff.next_s() for _ in range(8)]
    assert all(
        0.8 * ideal <= wait <= 1.2 * ideal for wait, ideal in zip(waits, [0.2, 0.4, 0.8, 1.6, 2, 2, 2, 2], strict=True)
    )
    backoff.reset()
    assert backoff.next_s() <= 0.24
