"""The servos' common supply: its voltage sags with what both draw together."""

from typing import Final

NOMINAL_V: Final = 5.0
RESISTANCE_OHM: Final = 1 / 6  # cable, plug and converter: 0.1 V for 600 mA


class Supply:
    """One source for several servos. `open_v` is its voltage without load."""

    def __init__(self) -> None:
        self.open_v = NOMINAL_V
        self._draws_ma: dict[object, float] = {}

    def draw(self, who: object, current_ma: float) -> None:
        """What one of them takes from now on."""
        self._draws_ma[who] = abs(current_ma)

    @property
    def volts(self) -> float:
        """What all of them get now."""
        return self.open_v - RESISTANCE_OHM * sum(self._draws_ma.values()) / 1000
