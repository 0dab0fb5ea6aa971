"""What the head says without words: a nod, a shake, and the breath of somebody who is there. Pure.

A sway is an offset on top of where the head stands. It begins and ends at rest and at zero.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from protocol.commands import GestureName

SWINGS: Final = 2
STEP_S: Final = 0.001  # for the differences that give velocity and acceleration
BREATH_S: Final = 5.0  # twelve a minute, as a person at rest


@dataclass(frozen=True, slots=True)
class Motion:
    """An offset in degrees, its velocity in deg/s and its acceleration in deg/s²."""

    offset: float
    velocity: float
    acceleration: float


STILL: Final = Motion(0.0, 0.0, 0.0)


@dataclass(frozen=True, slots=True)
class Swing:
    """There and back, `SWINGS` times, growing and fading. A negative amplitude begins the other way."""

    amplitude_deg: float
    period_s: float
    one_sided: bool = False

    @property
    def duration_s(self) -> float:
        """From rest to rest."""
        return SWINGS * self.period_s

    def offset(self, t: float) -> float:
        """Degrees, `t` seconds after the beginning; zero before and after."""
        if not 0 < t < self.duration_s:
            return 0.0
        turn = 2 * math.pi * t / self.period_s
        wave = (1 - math.cos(turn)) / 2 if self.one_sided else math.sin(turn)
        return self.amplitude_deg * wave * math.sin(math.pi * t / self.duration_s) ** 2

    def within(self, standing: float, low: float, high: float) -> Swing:
        """The same from `standing`, without passing a limit: to the side that has room, or smaller."""
        wanted = abs(self.amplitude_deg)
        rooms = (standing - low, high - standing)
        if (rooms[self.amplitude_deg > 0] if self.one_sided else min(rooms)) >= wanted:
            return self
        room, side = max((rooms[1], 1.0), (rooms[0], -1.0))
        return Swing(side * min(wanted, max(room, 0.0)), self.period_s, one_sided=True)


@dataclass(frozen=True, slots=True)
class Breath:
    """Up a little and down again, for as long as somebody is there."""

    amplitude_deg: float

    @property
    def duration_s(self) -> float:
        """It does not end by itself."""
        return math.inf

    def offset(self, t: float) -> float:
        """Degrees, `t` seconds after the beginning."""
        return self.amplitude_deg * (1 - math.cos(2 * math.pi * t / BREATH_S)) / 2

    def within(self, standing: float, low: float, high: float) -> Breath:
        """Downwards where there is no room above."""
        return self if standing + self.amplitude_deg <= high else Breath(-min(self.amplitude_deg, standing - low))


Sway = Swing | Breath

PAN_SWINGS: Final[Mapping[GestureName, Swing]] = {GestureName.SHAKE: Swing(10.0, 0.95)}
TILT_SWINGS: Final[Mapping[GestureName, Swing]] = {GestureName.NOD: Swing(-12.0, 0.85, one_sided=True)}


def swayed(sway: Sway, t: float) -> Motion:
    """Where the sway is, and how it goes on from there."""
    before, now, after = (sway.offset(at) for at in (t - STEP_S, t, t + STEP_S))
    return Motion(now, (after - before) / (2 * STEP_S), (after - 2 * now + before) / STEP_S**2)
