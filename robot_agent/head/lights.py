"""What the robot shows: the one table from meaning to light, and from light to the head board's registers. Pure.

`docs/lights.md` shows the same table to the people in the room; a test compares them.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
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

MOST_HZ: Final = 3.0  # WCAG 2.2, 2.3.2: more flashes in a second can hurt
HOST_TIMEOUT_MS: Final = 1500  # the board shows a fault when the robot's program is gone for so long

EYES_VALUE: Final[Mapping[Eyes, int]] = {
    Eyes.CLOSED: 0,
    Eyes.NEUTRAL: 1,
    Eyes.HAPPY: 2,
    Eyes.SAD: 3,
    Eyes.CONFUSED: 4,
}


@dataclass(frozen=True, slots=True)
class Colour:
    """What a colour is called, and its red, green and blue, 0 to 255."""

    name: str
    rgb: tuple[int, int, int]


DARK: Final = Colour("dark", (0, 0, 0))
GREEN: Final = Colour("green", (0, 180, 60))
BLUE: Final = Colour("blue", (0, 70, 220))
WHITE: Final = Colour("white", (110, 110, 110))
AMBER: Final = Colour("amber", (200, 90, 0))
RED: Final = Colour("red", (200, 0, 0))


@dataclass(frozen=True, slots=True)
class TopLight:
    """One line of the table. `half_period_ms` 0 is steady; `words` is what it tells the room."""

    meaning: HandLight
    priority: int
    colour: Colour
    half_period_ms: int
    words: str

    @property
    def hz(self) -> float:
        """Flashes a second; 0 for a steady light."""
        return 500 / self.half_period_ms if self.half_period_ms else 0.0

    @property
    def looks(self) -> str:
        """How it looks, in words."""
        if self.colour is DARK:
            return "dark"
        return f"{self.colour.name}, blinks {self.hz:.2g} times a second" if self.hz else f"{self.colour.name}, steady"


TOP_LIGHTS: Final = (
    TopLight(HandLight.PRIVATE, 90, DARK, 0, "private: the head is bowed, camera and microphone are closed"),
    TopLight(HandLight.ON, 80, GREEN, 0, "has the floor"),
    TopLight(HandLight.BLINK, 70, GREEN, 400, "the hand is raised"),
    TopLight(HandLight.LISTENING, 60, BLUE, 0, "only listens: please do not address me"),
    TopLight(HandLight.TELLING, 50, WHITE, 0, "the robot itself is telling something"),
    TopLight(HandLight.CONNECTING, 40, WHITE, 700, "somebody is on the way in, or back: please wait"),
    TopLight(HandLight.FAULT, 30, RED, 0, "camera, sound or head does not work"),
    TopLight(HandLight.UNPAIRED, 25, BLUE, 1500, "not paired: show the robot its code"),
    TopLight(HandLight.BATTERY_LOW, 20, AMBER, 1000, "the battery is low: plug the charger in"),
    TopLight(HandLight.OFF, 0, DARK, 0, "nothing to say"),
)
TOP_LIGHT: Final[Mapping[HandLight, TopLight]] = {light.meaning: light for light in TOP_LIGHTS}


def foremost(meanings: Collection[HandLight]) -> HandLight:
    """The one that is shown when all of `meanings` are true; OFF where none is."""
    return max((HandLight.OFF, *meanings), key=lambda meaning: TOP_LIGHT[meaning].priority)


@dataclass(frozen=True, slots=True)
class Lights:
    """What people in the room shall see. `private`: camera and microphone are closed."""

    eyes: Eyes = Eyes.CLOSED
    hand: HandLight = HandLight.OFF
    private: bool = False


LIGHTS_OFF: Final = Lights()


def hand_registers(lights: Lights, host_timeout_ms: int = HOST_TIMEOUT_MS) -> dict[Register, float]:
    """Hand light, host time-out (0: never) and privacy light: neighbours, written in one frame."""
    light = TOP_LIGHT[lights.hand]
    red, green, blue = light.colour.rgb
    return {
        BOARD_HAND_RED: red,
        BOARD_HAND_GREEN: green,
        BOARD_HAND_BLUE: blue,
        BOARD_HAND_BLINK: light.half_period_ms,
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
