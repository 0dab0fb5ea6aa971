"""What a servo says of its heat, its supply and its alarms, in words, and when one in alarm may start again. Pure.

Source: ROBOTIS e-manual, XL330-M288-T, Hardware Error Status (70) and Shutdown (63): a servo that protects itself lets
go of the head and answers goals no more until it is restarted; heat and supply can be read all the while.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto
from typing import Final, Self

from robot_agent.head.registers import (
    HARDWARE_ERROR,
    HEALTH,
    LIMITS,
    MAX_VOLTAGE,
    MIN_VOLTAGE,
    PRESENT_TEMPERATURE,
    PRESENT_VOLTAGE,
    TEMPERATURE_LIMIT,
)

VOLTAGE_ALARM: Final = 0x01
HEAT_ALARM: Final = 0x04
WARN_BEFORE_C: Final = 5.0  # below the limit at which the servo stops by itself
COOLED_BY_C: Final = 15.0  # below that limit: it does not run straight into it again
STEADY_V: Final = 0.2  # back within the limits by so much, a load makes the supply swing
RESTART_PAUSE_S: Final = 3.0  # an alarm that comes back at once is not restarted all the time


@dataclass(frozen=True, slots=True)
class Limits:
    """The servo's own limits: degrees Celsius and volts."""

    celsius: float
    min_v: float
    max_v: float

    @classmethod
    def from_block(cls, data: bytes) -> Self:
        """From the registers of LIMITS."""
        return cls(
            TEMPERATURE_LIMIT.within(LIMITS, data), MIN_VOLTAGE.within(LIMITS, data), MAX_VOLTAGE.within(LIMITS, data)
        )

    @property
    def supply(self) -> str:
        """The voltage that it needs."""
        return f"{self.min_v:.1f} to {self.max_v:.1f} V"

    @property
    def cooled(self) -> float:
        """The heat at which a servo that was too hot goes on."""
        return self.celsius - COOLED_BY_C


@dataclass(frozen=True, slots=True)
class Health:
    """One look: degrees Celsius, volts, and the bits of the hardware error."""

    celsius: float
    volts: float
    error: int

    @classmethod
    def from_block(cls, data: bytes) -> Self:
        """From the registers of HEALTH."""
        return cls(
            PRESENT_TEMPERATURE.within(HEALTH, data),
            PRESENT_VOLTAGE.within(HEALTH, data),
            int(HARDWARE_ERROR.within(HEALTH, data)),
        )


class _Heat(Enum):
    WELL = auto()
    WARM = auto()
    STOPPED = auto()


class HealthWatch:
    """`hot` and `power` are the words for what is wrong with one servo now, or None. They change only when it does."""

    def __init__(self, who: str) -> None:
        """`who` names the servo in the words."""
        self._who = who
        self._heat = _Heat.WELL
        self.hot: str | None = None
        self.power: str | None = None

    def forget(self) -> None:
        """The servo is out of reach: nothing is known of it."""
        self._heat, self.hot, self.power = _Heat.WELL, None, None

    def update(self, health: Health, limits: Limits) -> None:
        """Take one look into account."""
        heat = self._judge(health, limits)
        if heat is not self._heat:
            self._heat = heat
            self.hot = self._hot_words(health, limits)
        room = STEADY_V if self.power is not None else 0.0
        if limits.min_v + room <= health.volts <= limits.max_v - room:
            self.power = None
        elif self.power is None:
            self.power = (
                f"{self._who} gets {health.volts:.1f} V and needs {limits.supply}; check battery, charger and cable"
            )

    def _judge(self, health: Health, limits: Limits) -> _Heat:
        if health.error & HEAT_ALARM:
            return _Heat.STOPPED
        bound = limits.celsius - WARN_BEFORE_C if self._heat is _Heat.WELL else limits.cooled
        return _Heat.WARM if health.celsius >= bound else _Heat.WELL

    def _hot_words(self, health: Health, limits: Limits) -> str | None:
        match self._heat:
            case _Heat.WELL:
                return None
            case _Heat.WARM:
                return (
                    f"{self._who} is {health.celsius:.0f} °C warm and stops by itself at {limits.celsius:.0f} °C; "
                    "leave the head at rest and give it air"
                )
            case _Heat.STOPPED:
                return (
                    f"{self._who} was too hot and has let go of the head; it goes on by itself below "
                    f"{limits.cooled:.0f} °C, so give it air"
                )


def why_not_restart(health: Health, limits: Limits) -> str | None:
    """Why a servo in alarm must wait before it is restarted; None: now."""
    if health.error & HEAT_ALARM and health.celsius >= limits.cooled:
        return f"it is restarted below {limits.cooled:.0f} °C"
    if health.error & VOLTAGE_ALARM and not limits.min_v <= health.volts <= limits.max_v:
        return f"it is restarted when it gets {limits.supply}"
    return None
