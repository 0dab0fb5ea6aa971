"""The battery behind the head board. Pure."""

from typing import Final

EMPTY_MV: Final = 3300
FULL_MV: Final = 4150


class Battery:
    """A battery that holds `percent` (0..100) at `now_s` (monotonic seconds); see `refresh`.

    `pace` is what it loses in a minute, or gains while the charger is in, in percent; with 0 it stays as it is.
    """

    def __init__(self, percent: float, now_s: float) -> None:
        self.pace = 0.0
        self.charging = False
        self._holds, self._at_s = float(percent), now_s

    @property
    def percent(self) -> int:
        """What its gauge says."""
        return round(self._holds)

    @property
    def millivolts(self) -> int:
        """What a meter says."""
        return EMPTY_MV + (FULL_MV - EMPTY_MV) * self.percent // 100

    def put(self, percent: float) -> None:
        """Another one in its place, which holds so much."""
        self._holds = float(percent)

    def refresh(self, now_s: float) -> None:
        """Brings it up to `now_s`; to be called before anything of it is changed."""
        change = self.pace * (now_s - self._at_s) / 60
        self._holds = min(100.0, max(0.0, self._holds + (change if self.charging else -change)))
        self._at_s = now_s
