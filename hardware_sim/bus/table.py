"""The control table of XL330-M288-T as data: address, size, access, start value, range and unit of each register.

Source: ROBOTIS e-manual, "XL330-M288-T". Indirect addresses (168 and up) are not simulated. Drive mode is
`normal, velocity-based profile` only and the operating modes are 3 and 5 only: other values are refused as out of
range. The baud rate can be read and written but the simulated wire always runs at 1 Mbaud.
"""

from dataclasses import dataclass
from typing import TypedDict, Unpack

MODEL_NUMBER = 1200
FIRMWARE = 45
RAM_START = 64
TABLE_END = 148
DEG_PER_STEP = 360 / 4096
DEG_S_PER_UNIT = 0.229 * 6  # velocity: 0.229 rev/min
DEG_S2_PER_UNIT = 214.577 * 360 / 3600  # acceleration: 214.577 rev/min^2


@dataclass(frozen=True, slots=True)
class Register:
    """One item of a control table. `allowed` (when not empty) lists the only values that are taken."""

    address: int
    size: int
    name: str
    writable: bool = False
    default: int = 0
    low: int = 0
    high: int = 0
    signed: bool = False
    scale: float = 1.0
    unit: str = ""
    allowed: tuple[int, ...] = ()

    @property
    def end(self) -> int:
        """The first address behind the register."""
        return self.address + self.size

    def decode(self, data: bytes) -> int:
        """The register's number out of its bytes."""
        return int.from_bytes(data, "little", signed=self.signed)

    def accepts(self, value: int) -> bool:
        """Whether the fixed range takes the value (limits that other registers set are not looked at)."""
        return value in self.allowed if self.allowed else self.low <= value <= self.high


class _Scale(TypedDict, total=False):
    scale: float
    unit: str


class _Choice(_Scale, total=False):
    allowed: tuple[int, ...]


class _Start(_Scale, total=False):
    default: int
    signed: bool


def _rw(address: int, size: int, name: str, default: int, low: int, high: int, **more: Unpack[_Choice]) -> Register:
    return Register(address, size, name, True, default, low, high, low < 0, **more)


def _ro(address: int, size: int, name: str, **more: Unpack[_Start]) -> Register:
    return Register(address, size, name, **more)


_GAIN = (0, 16383)
_MULTI_TURN = 1_048_575
_VELOCITY: _Scale = {"scale": 0.229, "unit": "rev/min"}
_POSITION: _Scale = {"scale": DEG_PER_STEP, "unit": "°"}
_PWM: _Scale = {"scale": 0.113, "unit": "%"}

XL330: tuple[Register, ...] = (
    _ro(0, 2, "model_number", default=MODEL_NUMBER),
    _ro(2, 4, "model_information"),
    _ro(6, 1, "firmware_version", default=FIRMWARE),
    _rw(7, 1, "id", 1, 0, 252),
    _rw(8, 1, "baud_rate", 3, 0, 6),
    _rw(9, 1, "return_delay_time", 250, 0, 254, scale=2, unit="µs"),
    _rw(10, 1, "drive_mode", 0, 0, 0),
    _rw(11, 1, "operating_mode", 3, 0, 16, allowed=(3, 5)),
    _rw(12, 1, "secondary_id", 255, 0, 255),
    _rw(13, 1, "protocol_type", 2, 2, 2),
    _rw(20, 4, "homing_offset", 0, -1_044_479, 1_044_479, **_POSITION),
    _rw(24, 4, "moving_threshold", 10, 0, 1023, **_VELOCITY),
    _rw(31, 1, "temperature_limit", 70, 0, 100, unit="°C"),
    _rw(32, 2, "max_voltage_limit", 70, 31, 70, scale=0.1, unit="V"),
    _rw(34, 2, "min_voltage_limit", 35, 31, 70, scale=0.1, unit="V"),
    _rw(36, 2, "pwm_limit", 885, 0, 885, **_PWM),
    _rw(38, 2, "current_limit", 1750, 0, 1750, unit="mA"),
    _rw(44, 4, "velocity_limit", 445, 0, 2047, **_VELOCITY),
    _rw(48, 4, "max_position_limit", 4095, 0, 4095, **_POSITION),
    _rw(52, 4, "min_position_limit", 0, 0, 4095, **_POSITION),
    _rw(60, 1, "startup_configuration", 0, 0, 3),
    _rw(62, 1, "pwm_slope", 140, 1, 255, scale=1.977, unit="mV/ms"),
    _rw(63, 1, "shutdown", 53, 0, 255, allowed=tuple(v for v in range(64) if not v & 0x02)),
    _rw(64, 1, "torque_enable", 0, 0, 1),
    _rw(65, 1, "led", 0, 0, 1),
    _rw(68, 1, "status_return_level", 2, 0, 2),
    _ro(69, 1, "registered_instruction"),
    _ro(70, 1, "hardware_error_status"),
    _rw(76, 2, "velocity_i_gain", 1600, *_GAIN),
    _rw(78, 2, "velocity_p_gain", 180, *_GAIN),
    _rw(80, 2, "position_d_gain", 0, *_GAIN),
    _rw(82, 2, "position_i_gain", 0, *_GAIN),
    _rw(84, 2, "position_p_gain", 400, *_GAIN),
    _rw(88, 2, "feedforward_2nd_gain", 0, *_GAIN),
    _rw(90, 2, "feedforward_1st_gain", 0, *_GAIN),
    _rw(98, 1, "bus_watchdog", 0, -1, 127, scale=20, unit="ms", allowed=tuple(range(128))),
    _rw(100, 2, "goal_pwm", 885, -885, 885, **_PWM),
    _rw(102, 2, "goal_current", 1750, -1750, 1750, unit="mA"),
    _rw(104, 4, "goal_velocity", 445, -2047, 2047, **_VELOCITY),
    _rw(108, 4, "profile_acceleration", 0, 0, 32767, scale=214.577, unit="rev/min²"),
    _rw(112, 4, "profile_velocity", 0, 0, 32767, **_VELOCITY),
    _rw(116, 4, "goal_position", 2048, -_MULTI_TURN, _MULTI_TURN, **_POSITION),
    _ro(120, 2, "realtime_tick", unit="ms"),
    _ro(122, 1, "moving"),
    _ro(123, 1, "moving_status"),
    _ro(124, 2, "present_pwm", signed=True, **_PWM),
    _ro(126, 2, "present_current", signed=True, unit="mA"),
    _ro(128, 4, "present_velocity", signed=True, **_VELOCITY),
    _ro(132, 4, "present_position", signed=True, **_POSITION),
    _ro(136, 4, "velocity_trajectory", signed=True, **_VELOCITY),
    _ro(140, 4, "position_trajectory", signed=True, **_POSITION),
    _ro(144, 2, "present_input_voltage", scale=0.1, unit="V"),
    _ro(146, 1, "present_temperature", unit="°C"),
    _ro(147, 1, "backup_ready"),
)

# A goal beyond the register named here is a Data Limit Error; the limit counts for both directions.
SYMMETRIC_LIMITS = {"goal_pwm": "pwm_limit", "goal_current": "current_limit", "goal_velocity": "velocity_limit"}
GOALS = frozenset((*SYMMETRIC_LIMITS, "goal_position"))


class Memory:
    """The bytes behind a control table, by name for the device and by address for the wire."""

    def __init__(self, registers: tuple[Register, ...], end: int) -> None:
        self.registers = registers
        self.by_name = {register.name: register for register in registers}
        self.by_address = {register.address: register for register in registers}
        self.bytes = bytearray(end)
        for register in registers:
            self.put(register.name, register.default)

    def get(self, name: str) -> int:
        """The number in the register."""
        register = self.by_name[name]
        return register.decode(bytes(self.bytes[register.address : register.end]))

    def put(self, name: str, value: int) -> None:
        """Stores without any check: the device's own way in. Raises OverflowError when it does not fit."""
        register = self.by_name[name]
        data = value.to_bytes(register.size, "little", signed=register.signed)
        self.bytes[register.address : register.end] = data

    def slice(self, address: int, size: int) -> bytes:
        """Bytes by address; between registers there are zeros."""
        return bytes(self.bytes[address : address + size])
