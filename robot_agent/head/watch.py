"""Notices that something holds the head: it does not follow its goal and does not move. Pure."""

from __future__ import annotations

from typing import Final

LAG_DEG: Final = 8.0  # more than the servo lags behind at full slew and stands still
PUSHED_LAG_DEG: Final = 2.0  # what a spring in a cable may hold back for ever without harm
STILL_DEG_S: Final = 5.0
BLOCKED_AFTER_S: Final = 0.5  # a bump is over by then, a hand that holds the head is not
BLOCKED_AFTER_LOOKS: Final = 8  # two looks of a busy computer say nothing of the time between
FREE_DEG: Final = 3.0  # moved so far since: nothing holds it any more
FORGET_AFTER_S: Final = 10.0  # nobody has tried to move it since; then it is not known to be blocked


class BlockWatch:
    """The watch over one axis."""

    def __init__(self) -> None:
        self._since: float | None = None
        self._looks = 0
        self._at_deg = 0.0
        self._at_time = 0.0
        self.blocked = False

    def update(self, wanted: float, measured: float, deg_s: float, now: float, *, pushing: bool = False) -> bool:
        """True at the moment when the head is found blocked: it shall give way. Angles in degrees.

        `pushing`: the servo uses all the force it may. Then a smaller distance tells enough.
        """
        if self.blocked:
            moved = abs(measured - self._at_deg) >= FREE_DEG
            self.blocked = not (moved or now - self._at_time >= FORGET_AFTER_S)
        if abs(wanted - measured) < (PUSHED_LAG_DEG if pushing else LAG_DEG) or abs(deg_s) > STILL_DEG_S:
            self._since = None
            return False
        if self._since is None:
            self._since, self._looks = now, 0
        self._looks += 1
        if now - self._since < BLOCKED_AFTER_S or self._looks < BLOCKED_AFTER_LOOKS:
            return False
        self._since = None
        self._at_deg, self._at_time, self.blocked = measured, now, True
        return True
