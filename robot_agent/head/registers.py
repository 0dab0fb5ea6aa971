"""Registers as data, with units.

Sources: ROBOTIS e-manual, XL330-M288-T, "Control Table" (servos); this project's head board table (`BOARD_*`),
which the board serves with ROBOTIS' Dynamixel2Arduino slave library.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from robot_agent.head.errors import ValueRangeError


class Unit(StrEnum):
    """What a register's value means."""

    NONE = ""
    DEG = "deg"
    DEG_PER_S = "deg/s"
    CELSIUS = "°C"
    V = "V"
    MA = "mA"
    MV = "mV"
    US = "us"
    MS = "ms"
    PERCENT = "%"


@dataclass(frozen=True, slots=True)
class Register:
    """`size` bytes at `address`, little endian: value = (raw - zero) * scale, in `unit`."""

    name: str
    address: int
    size: int
    unit: Unit = Unit.NONE
    scale: float = 1.0
    zero: int = 0
    signed: bool = False

    def encode(self, value: float) -> bytes:
        """The bytes for `value`, rounded to the nearest step. Raises ValueRangeError."""
        if not math.isfinite(value):
            raise ValueRangeError(self.name, value)
        raw = round(value / self.scale) + self.zero
        try:
            return raw.to_bytes(self.size, "little", signed=self.signed)
        except OverflowError:
            raise ValueRangeError(self.name, value) from None

    def decode(self, data: bytes) -> float:
        """The value in `data`, which has `size` bytes."""
        return (int.from_bytes(data, "little", signed=self.signed) - self.zero) * self.scale

    def within(self, block: Block, data: bytes) -> float:
        """The value of this register in `data` read of `block`."""
        start = self.address - block.address
        return self.decode(data[start : start + self.size])


@dataclass(frozen=True, slots=True)
class Block:
    """Neighbouring registers that are read together."""

    name: str
    address: int
    size: int


# --- XL330-M288-T ---------------------------------------------------------------------------------------
XL330_M288: Final = 1200
STEP_DEG: Final = 360 / 4096
CENTRE_STEP: Final = 2048
_DEG_PER_S_STEP: Final = 0.229 * 6  # 0.229 rev/min

MODEL_NUMBER: Final = Register("model_number", 0, 2)
# EEPROM: writable with torque off only.
RETURN_DELAY: Final = Register("return_delay", 9, 1, Unit.US, scale=2)
OPERATING_MODE: Final = Register("operating_mode", 11, 1)
TEMPERATURE_LIMIT: Final = Register("temperature_limit", 31, 1, Unit.CELSIUS)
MAX_VOLTAGE: Final = Register("max_voltage", 32, 2, Unit.V, scale=0.1)
MIN_VOLTAGE: Final = Register("min_voltage", 34, 2, Unit.V, scale=0.1)
CURRENT_LIMIT: Final = Register("current_limit", 38, 2, Unit.MA)
MAX_POSITION: Final = Register("max_position", 48, 4, Unit.DEG, STEP_DEG, CENTRE_STEP)
MIN_POSITION: Final = Register("min_position", 52, 4, Unit.DEG, STEP_DEG, CENTRE_STEP)
# RAM
TORQUE_ENABLE: Final = Register("torque_enable", 64, 1)
STATUS_RETURN_LEVEL: Final = Register("status_return_level", 68, 1)
HARDWARE_ERROR: Final = Register("hardware_error", 70, 1)
BUS_WATCHDOG: Final = Register("bus_watchdog", 98, 1, Unit.MS, scale=20, signed=True)
GOAL_CURRENT: Final = Register("goal_current", 102, 2, Unit.MA, signed=True)
PROFILE_ACCELERATION: Final = Register("profile_acceleration", 108, 4)
PROFILE_VELOCITY: Final = Register("profile_velocity", 112, 4, Unit.DEG_PER_S, _DEG_PER_S_STEP)
GOAL_POSITION: Final = Register("goal_position", 116, 4, Unit.DEG, STEP_DEG, CENTRE_STEP, signed=True)
PRESENT_CURRENT: Final = Register("present_current", 126, 2, Unit.MA, signed=True)
PRESENT_VELOCITY: Final = Register("present_velocity", 128, 4, Unit.DEG_PER_S, _DEG_PER_S_STEP, signed=True)
PRESENT_POSITION: Final = Register("present_position", 132, 4, Unit.DEG, STEP_DEG, CENTRE_STEP, signed=True)
PRESENT_VOLTAGE: Final = Register("present_voltage", 144, 2, Unit.V, scale=0.1)
PRESENT_TEMPERATURE: Final = Register("present_temperature", 146, 1, Unit.CELSIUS)

CURRENT_BASED_POSITION: Final = 5  # operating mode: position with a limit on the current
PRESENT: Final = Block("present", 126, 10)
HEALTH: Final = Block("health", 64, 83)  # from torque by hardware error and bus watchdog to temperature
LIMITS: Final = Block("limits", 31, 5)  # of temperature and voltage

HARDWARE_ERROR_WORDS: Final = {
    0: "the supply voltage is out of range",
    2: "the servo is too hot",
    3: "the servo's encoder fails",
    4: "the servo's electronics report a fault",
    5: "the servo was overloaded",
}

# --- head board -----------------------------------------------------------------------------------------
HEAD_BOARD: Final = 0x5641
BOARD_EYES: Final = Register("eyes", 64, 1)
BOARD_HAND_RED: Final = Register("hand_red", 66, 1)
BOARD_HAND_GREEN: Final = Register("hand_green", 67, 1)
BOARD_HAND_BLUE: Final = Register("hand_blue", 68, 1)
BOARD_HAND_BLINK: Final = Register("hand_blink", 69, 1, Unit.MS, scale=20)
BOARD_HOST_TIMEOUT: Final = Register("host_timeout", 70, 1, Unit.MS, scale=100)
BOARD_PRIVACY_LIGHT: Final = Register("privacy_light", 71, 1)
BOARD_BATTERY_PERCENT: Final = Register("battery_percent", 128, 1, Unit.PERCENT)
BOARD_CHARGING: Final = Register("charging", 129, 1)
BOARD_BATTERY_MV: Final = Register("battery_mv", 130, 2, Unit.MV)
BOARD_BUTTON_DOWN: Final = Register("button_down", 132, 1)
BOARD_BUTTON_COUNT: Final = Register("button_count", 133, 1)
BOARD_BUTTON_HELD: Final = Register("button_held", 134, 1, Unit.MS, scale=100)

BOARD_LIGHTS: Final = Block("lights", 64, 8)
BOARD_SENSES: Final = Block("battery and button", 128, 7)


def hardware_error_words(bits: int) -> str:
    """The bits of `hardware_error` in words."""
    known = [words for bit, words in HARDWARE_ERROR_WORDS.items() if bits >> bit & 1]
    return ", ".join(known) or f"hardware error 0x{bits:02x}"
