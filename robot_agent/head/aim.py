"""Where an axis is asked to look: a goal that stands, or one that a finger drags along. Pure."""

from __future__ import annotations

import math
from typing import Final

PAUSE_S: Final = 0.25  # new goals further apart are no drag where the line is good
LONGEST_S: Final = 0.3  # set-points further apart are no stream: the watchdog has stopped the head between them
SHORTEST_S: Final = 0.01  # two that came together on the line were not made together
LEARNING: Final = 0.3  # how much the newest interval counts
FADING_S: Final = 1.0  # a line that was bad is believed to have recovered after about so long


class Aim:
    """The goal of one axis, in degrees. While set-points stream in, the target glides from each to the next.

    A finger's set-points are a staircase; followed as they come, the head would speed up and brake twenty times a
    second. The target never goes beyond the newest set-point, and has reached it when the next one is due.
    """

    def __init__(self, goal: float) -> None:
        self._goal = goal
        self._from = goal
        self._set_at = 0.0
        self._glide_s = 0.0

    @property
    def goal(self) -> float:
        """The newest that was asked for."""
        return self._goal

    def at_once(self, goal: float) -> None:
        """A goal to go to as fast as may be."""
        self._goal = self._from = goal
        self._glide_s = 0.0

    def glide(self, goal: float, now: float, over_s: float, ahead: float = 0.0) -> None:
        """The next set-point of a drag, `over_s` seconds before the one after it; begins so far `ahead` (degrees)."""
        start = self.target(now)
        self._from = start + max(-ahead, min(ahead, goal - start))
        self._goal, self._set_at, self._glide_s = goal, now, over_s

    def target(self, now: float) -> float:
        """Where to look at time `now`."""
        gone = now - self._set_at
        if gone >= self._glide_s:
            return self._goal
        return self._from + (self._goal - self._from) * max(gone, 0.0) / self._glide_s


class Beat:
    """How far apart the new goals of a drag come, in seconds."""

    def __init__(self) -> None:
        self._usual_s: float | None = None

    def heard(self, interval_s: float, gap_s: float) -> float | None:
        """The usual interval, with this one; None where that was a pause and not a drag.

        Where nothing at all is heard for `gap_s`, goals so far apart are a drag, too.
        """
        if interval_s > max(PAUSE_S, gap_s):
            self._usual_s = None
            return None
        before = interval_s if self._usual_s is None else self._usual_s
        self._usual_s = max(before + LEARNING * (interval_s - before), SHORTEST_S)
        return self._usual_s


class Gaps:
    """For how long nothing is heard in a stream of set-points, in seconds: the longest gap of late, which fades.

    It fades by time and not by count, because a page says each goal three times within 20 ms.
    """

    def __init__(self) -> None:
        self._longest_s = 0.0

    @property
    def longest_s(self) -> float:
        """The gap to reckon with; 0 where nothing streams in."""
        return self._longest_s

    def heard(self, interval_s: float) -> None:
        """Another set-point, so long after the one before, or the first one after a pause."""
        faded = self._longest_s * math.exp(-interval_s / FADING_S)
        self._longest_s = max(interval_s, faded) if interval_s <= LONGEST_S else 0.0
