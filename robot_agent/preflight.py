"""What the robot makes of what it found before a meeting. Pure."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from protocol.ice import Carrier
from protocol.preflight import Found
from protocol.state import BatteryState, Fault, Hearing
from robot_agent.rtc.turn_check import Checked

LITTLE_PERCENT = 60.0  # a meeting takes three hours; less may not last, and nobody has to know how it was measured
HEAD_TURN_DEG = 12.0  # seen from across the room, and knocks nothing over
HEAD_NEAR_DEG = 3.0

_HEARD = {
    Hearing.HEARD: Found.SOUND_OK,
    Hearing.FAINT: Found.SOUND_FAINT,
    Hearing.NOT_HEARD: Found.SOUND_NOT_HEARD,
    Hearing.UNKNOWN: Found.SOUND_UNKNOWN,
}


def power(battery: BatteryState | None, faults: Collection[Fault]) -> Found:
    """The servos' voltage goes first: what is wrong with it does harm."""
    if Fault.HEAD_POWER in faults:
        return Found.POWER_WRONG
    if Fault.BATTERY_LOW in faults:
        return Found.POWER_LOW
    if battery is None:
        return Found.POWER_UNKNOWN
    if battery.charging:
        return Found.POWER_OK
    return Found.POWER_LOW if battery.percent < LITTLE_PERCENT else Found.POWER_BATTERY


def network(checked: Sequence[Checked]) -> Found:
    """What is said of the way of picture and sound; that the broker is reached is known by being asked at all."""
    works = {one.address.carrier for one in checked if one.fault is None}
    named = {one.address.carrier for one in checked}
    if not named:
        return Found.NETWORK_OK
    if not works:
        return Found.NETWORK_BLOCKED
    if Carrier.TLS not in named:
        return Found.NETWORK_OK
    return Found.NETWORK_TLS_OK if Carrier.TLS in works else Found.NETWORK_NO_TLS


def sound(hearing: Hearing | None) -> Found:
    """How the room hears the robot's tone; None: the sound is not open."""
    return Found.SOUND_CLOSED if hearing is None else _HEARD[hearing]


def head(faults: Collection[Fault]) -> Found | None:
    """What the head's faults say already; None: it is worth turning it."""
    if Fault.HEAD_BLOCKED in faults:
        return Found.HEAD_BLOCKED
    if Fault.HEAD_HOT in faults:
        return Found.HEAD_HOT
    return Found.HEAD_STUCK if Fault.HEAD in faults or Fault.HEAD_POWER in faults else None


def lights(faults: Collection[Fault]) -> Found:
    """Whether the board that has the lights answers."""
    return Found.LIGHTS_NONE if Fault.HEAD_BOARD in faults else Found.LIGHTS_OK
