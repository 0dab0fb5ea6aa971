"""The camera's automatic exposure: how far it opens up in which light, and how it follows. Pure.

What a picture shows in a light that has lasted is `EXPOSURES`. A camera does not get there at once: it measures the
picture, opens up or closes down with a time constant of half a second, and has an end at either side.
"""

import math
from dataclasses import dataclass
from typing import Final

import numpy as np

from hardware_sim.room.director import Light
from hardware_sim.room.panorama import Picture

FOLLOWS_S: Final = 0.5  # time constant; as long as an ordinary camera takes
MOST_STOPS_PER_S: Final = 4.0
PAUSE_S: Final = 1.0  # a camera that took no picture for longer has measured anew before it takes one
DEADBAND_STOPS: Final = 0.08  # what a walking person changes must not make the picture breathe
SETTLED_STOPS: Final = 0.01  # less than a grey level
BRIGHT: Final = 190.0  # mean grey level over which the camera closes down: it looks up into the lamps
CLOSES_STOPS: Final = 0.4  # … at the most


@dataclass(frozen=True, slots=True)
class Exposure:
    """What is left of the day's picture in this light, and what the sensor adds. Colours are B, G, R."""

    room: tuple[float, float, float] = (1.0, 1.0, 1.0)
    outside: tuple[float, float, float] = (1.0, 1.0, 1.0)
    noise: float = 0.0
    """Standard deviation, grey levels."""
    flicker: float = 0.0
    """Half the difference between the brightest and the darkest band, grey levels."""
    opened: float = 0.0
    """How far the camera has opened up for it, stops against the day."""

    @property
    def mean(self) -> float:
        """Of what the noise adds."""
        return 3 * self.noise + self.flicker

    def table(self) -> Picture:
        """See `sprites.toned`; what the noise will add is taken away before."""
        values = np.arange(256)[:, None] * np.array((*self.room, 1.0)) - np.array((*(self.mean,) * 3, 0.0))
        return np.asarray(np.clip(np.rint(values), 0, 255), np.uint8)[None]


EXPOSURES: Final[dict[Light, Exposure]] = {
    "day": Exposure(),
    "dusk": Exposure((0.68, 0.80, 0.87), (0.46, 0.30, 0.22), 2.5, 3.0, 1.5),
    "dark": Exposure((0.36, 0.31, 0.28), (0.40, 0.26, 0.19), 6.0, 0.0, 2.5),
}


def measured(picture: Picture) -> float:
    """The mean grey level of a picture (h, w, 3), from a pixel in about two hundred and fifty."""
    return float(picture[8::16, 8::16].mean())


class AutoExposure:
    """How far one camera is opened up from picture to picture."""

    def __init__(self) -> None:
        self._at_s = -math.inf
        self._stops = self._goal = 0.0

    def follow(self, light: Light, level: float, t_s: float) -> float:
        """By how much a picture at `t_s` is brighter than `EXPOSURES` says (factor); `level` is the mean of that one.

        Time that stands still, goes back or jumps by more than PAUSE_S: as if just switched on.
        """
        wanted = _wanted(light, level)
        lasted_s, self._at_s = t_s - self._at_s, t_s
        if not 0 < lasted_s <= PAUSE_S:
            self._stops = self._goal = wanted
            return _factor(wanted, light)
        if abs(wanted - self._goal) > DEADBAND_STOPS:
            self._goal = wanted
        step = (self._goal - self._stops) * (1 - math.exp(-lasted_s / FOLLOWS_S))
        most = MOST_STOPS_PER_S * lasted_s
        self._stops += min(most, max(-most, step))
        if abs(self._goal - self._stops) < SETTLED_STOPS:
            self._stops = self._goal
        return _factor(self._stops, light)

    def at(self, light: Light, level: float, t_s: float) -> float:
        """The same for a picture that is taken beside those that it follows."""
        beside = abs(t_s - self._at_s) <= PAUSE_S
        return _factor(self._stops if beside else _wanted(light, level), light)


def _wanted(light: Light, level: float) -> float:
    """Stops against the day in an ordinary picture."""
    closed = min(CLOSES_STOPS, max(0.0, math.log2(max(level, 1.0) / BRIGHT)))
    return EXPOSURES[light].opened - closed


def _factor(stops: float, light: Light) -> float:
    return float(2.0 ** (stops - EXPOSURES[light].opened))
