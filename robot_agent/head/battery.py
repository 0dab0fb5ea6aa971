"""What the battery's figures mean: is it low, and how long does it last? Pure."""

from __future__ import annotations

from collections import deque
from typing import Final

from protocol.state import BatteryState

HYSTERESIS: Final = 3.0  # percent: a figure that goes to and fro is one low battery, not many
CHARGING_FOR_S: Final = 2.0  # a plug that makes contact now and then is no charger
STEPS_KEPT: Final = 8  # the last percents: what the robot does now counts more than what it did an hour ago
FEWEST_STEPS: Final = 3  # two whole percents; one tells too little
JUMP: Final = 5.0  # percent at once: another battery, or a gauge that has found its mark
LONGEST_S: Final = 100 * 3600.0  # beyond that the figure says nothing to anybody


class BatteryWatch:
    """Follows one battery by what its board says. Times are monotonic seconds."""

    def __init__(self, low_percent: float) -> None:
        self._low_percent = low_percent
        self._low = False
        self._percent: float | None = None
        self._charging = False
        self._charging_since_s = 0.0
        self._steps: deque[tuple[float, float]] = deque(maxlen=STEPS_KEPT)

    @property
    def low(self) -> bool:
        """The charger is needed. Begins below the limit, ends 3 % above it or when a charger has been at work."""
        return self._low

    def update(self, percent: float, *, charging: bool, now_s: float) -> BatteryState:
        """The state with the newest figures; `left_s` is until it is empty, or full while it charges."""
        if self._percent is None or charging != self._charging:
            self._steps.clear()
            self._charging_since_s = now_s
        elif percent != self._percent:
            self._step(percent, now_s)
        self._percent, self._charging = percent, charging
        self._judge(now_s)
        return BatteryState(percent=percent, charging=charging, left_s=self._left_s(now_s))

    def _judge(self, now_s: float) -> None:
        percent = self._percent or 0.0
        if self._low:
            charged = self._charging and now_s - self._charging_since_s >= CHARGING_FOR_S
            self._low = percent < self._low_percent + HYSTERESIS and not charged
        else:
            self._low = percent < self._low_percent and not self._charging

    def _step(self, percent: float, now_s: float) -> None:
        """The moments at which the figure changed tell the rate; the figure itself is known to a percent only."""
        change = percent - (self._percent or 0.0)
        if abs(change) > JUMP or (change > 0) != self._charging:
            self._steps.clear()
        self._steps.append((now_s, percent))

    def _left_s(self, now_s: float) -> float | None:
        if len(self._steps) < FEWEST_STEPS:
            return None
        (first_s, first), (last_s, last) = self._steps[0], self._steps[-1]
        rate = abs(last - first) / (last_s - first_s) if last_s > first_s else 0.0
        if rate == 0.0:
            return None
        way = 100.0 - last if self._charging else last
        left_s = way / rate - (now_s - last_s)
        return min(max(left_s, 0.0), LONGEST_S)
