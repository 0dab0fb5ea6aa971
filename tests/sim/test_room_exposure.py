"""The camera's automatic exposure: pure, and in the room's pictures."""

import itertools
import math

import numpy as np
import pytest

from hardware_sim.room.director import Director, Light, RoomWish
from hardware_sim.room.exposure import (
    BRIGHT,
    CLOSES_STOPS,
    EXPOSURES,
    FOLLOWS_S,
    MOST_STOPS_PER_S,
    PAUSE_S,
    AutoExposure,
)
from hardware_sim.room.scene import Room

T_S = 1_760_000_000.0
FRAME_S = 1 / 30
ORDINARY = 120.0


def course(light: Light, then: Light, seconds: float = 4.0) -> list[float]:
    """The factor of each picture after the light has changed."""
    exposure = AutoExposure()
    assert exposure.follow(light, ORDINARY, T_S) == 1, "a light that has lasted"
    frames = range(1, round(seconds / FRAME_S))
    return [exposure.follow(then, ORDINARY, T_S + number * FRAME_S) for number in frames]


def test_at_dusk_the_picture_is_dark_first_and_opens_up_to_what_it_stays() -> None:
    factors = course("day", "dusk")
    assert factors[0] < 2 ** -(EXPOSURES["dusk"].opened - 0.2)
    assert all(one <= following for one, following in itertools.pairwise(factors))
    opened = EXPOSURES["dusk"].opened
    left = -math.log2(factors[round(FOLLOWS_S / FRAME_S) - 1]) / opened
    assert left == pytest.approx(math.exp(-1), abs=0.03), "after one time constant"
    assert factors[-1] == 1


def test_by_day_again_it_is_too_bright_first() -> None:
    factors = course("dusk", "day")
    assert factors[0] > 2
    assert all(one >= following for one, following in itertools.pairwise(factors))
    assert factors[-1] == 1


@pytest.mark.parametrize(("light", "then"), list(itertools.permutations(EXPOSURES, 2)))
def test_no_picture_jumps_from_the_last(light: Light, then: Light) -> None:
    stops = [math.log2(factor) for factor in course(light, then)]
    steps = [abs(following - one) for one, following in itertools.pairwise(stops)]
    assert max(steps) <= MOST_STOPS_PER_S * FRAME_S + 1e-5  # Unix seconds have no more digits


def test_a_bright_picture_closes_it_down_within_limits_and_no_step_is_seen() -> None:
    exposure = AutoExposure()
    exposure.follow("day", ORDINARY, T_S)
    factors = [exposure.follow("day", 255.0, T_S + number * FRAME_S) for number in range(1, 120)]
    assert factors[0] > 0.97
    assert factors[-1] == pytest.approx(2 ** -min(CLOSES_STOPS, math.log2(255 / BRIGHT)))
    assert AutoExposure().follow("day", BRIGHT, T_S) == 1
    assert AutoExposure().follow("dark", 0.0, T_S) == 1, "it cannot open up further"


def test_what_hardly_changes_changes_nothing() -> None:
    exposure = AutoExposure()
    first = exposure.follow("day", 210.0, T_S)
    assert first < 1
    assert {exposure.follow("day", 210.0 + number % 5, T_S + number * FRAME_S) for number in range(1, 60)} == {first}


@pytest.mark.parametrize("later_s", [0.0, -5.0, PAUSE_S + 0.1])
def test_a_camera_that_was_off_has_measured_anew(later_s: float) -> None:
    exposure = AutoExposure()
    exposure.follow("day", ORDINARY, T_S)
    assert exposure.at("dusk", ORDINARY, T_S + 0.1) < 0.5, "a still beside the pictures is exposed as they are"
    assert exposure.at("dusk", ORDINARY, T_S + 9) == 1
    assert exposure.follow("dusk", ORDINARY, T_S + later_s) == 1


def test_the_room_follows_the_light_without_a_jump_and_ends_as_it_always_was() -> None:
    now_s = [T_S]
    room = Room(320, 180, seed=3, director=Director(3, lambda: now_s[0]))
    room.director.change(RoomWish(speaker="nobody", hand="nobody", slide="1"))
    levels = []
    for number in range(60):
        now_s[0] = T_S + number / 15
        if number == 5:
            room.director.change(RoomWish(light="dusk"))
        levels.append(float(room.view(10, 0, now_s[0]).mean()))
    settled = Room(320, 180, seed=3, director=room.director).view(10, 0, now_s[0])
    assert np.array_equal(room.view(10, 0, now_s[0]), settled)
    assert levels[5] < 0.6 * levels[-1], "dark at first"
    assert max(abs(b - a) for a, b in itertools.pairwise(levels[5:])) < 0.12 * levels[-1]
    still = room.still(10, 0, now_s[0], 320, 180)
    assert abs(float(still.mean()) - levels[-1]) < 3 + EXPOSURES["dusk"].mean
