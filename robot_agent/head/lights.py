"""What the robot shows: the one table from meaning to the head board's registers. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from protocol.state import Eyes, HandLight
from robot_agent.head.registers import (
    BOARD_EYES,
    BOARD_HAND_BLINK,
    BOARD_HAND_BLUE,
    BOARD_HAND_GREEN,
    BOARD_HAND_RED,
    BOARD_HOST_TIMEOUT,
    BOARD_LIGHTS,
    BOARD_PRIVACY_LIGHT,
    Register,
)

HALF_PERIOD_MS: Final = 400  # 1.25 Hz: seen at once, far below the 3 Hz that can hurt
HOST_TIMEOUT_MS: Final = 1500  # the board shows a fault when the robot's program is gone for so long
HAND_GREEN: Final = (0, 180, 60)
DARK: Final = (0, 0, 0)

EYES_VALUE: Final[Mapping[Eyes, int]] = {
    Eyes.CLOSED: 0,
    Eyes.NEUTRAL: 1,
    Eyes.HAPPY: 2,
    Eyes.SAD: 3,
    Eyes.CONFUSED: 4,
}
HAND_VALUE: Final[Mapping[HandLight, tuple[tuple[int, int, int], int]]] = {
    # meaning: colour, half-period in ms
    HandLight.OFF: (DARK, 0),
    HandLight.BLINK: (HAND_GREEN, HALF_PERIOD_MS),  # the hand is up
    HandLight.ON: (HAND_GREEN, 0),  # the floor is given
}


@dataclass(frozen=True, slots=True)
class Lights:
    """What people in the room shall see. `private`: camera and microphone are closed."""

    eyes: Eyes = Eyes.CLOSED
    hand: HandLight = HandLight.OFF
    private: bool = False


LIGHTS_OFF: Final = Lights()


def hand_registers(lights: Lights, host_timeout_ms: int = HOST_TIMEOUT_MS) -> dict[Register, float]:
    """Hand light, host time-out (0: never) and privacy light: neighbours, written in one frame."""
    (red, green, blue), blink_ms = HAND_VALUE[lights.hand]
    return {
        BOARD_HAND_RED: red,
        BOARD_HAND_GREEN: green,
        BOARD_HAND_BLUE: blue,
        BOARD_HAND_BLINK: blink_ms,
        BOARD_HOST_TIMEOUT: host_timeout_ms,
        BOARD_PRIVACY_LIGHT: int(lights.private),
    }


def eyes_value(lights: Lights) -> int:
    """The value of the eyes' register."""
    return EYES_VALUE[lights.eyes]


def shown(block: bytes, lights: Lights) -> bool:
    """The board's registers (BOARD_LIGHTS) say what `lights` asks for."""
    wanted = {BOARD_EYES: float(eyes_value(lights)), **hand_registers(lights)}
    return all(register.within(BOARD_LIGHTS, block) == value for register, value in wanted.items())
