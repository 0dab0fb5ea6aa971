"""What the robot shows the room. Pure: from what is true to what is lit; how it looks stands in `head/lights.py`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from protocol.state import Eyes, Fault, HandLight, Mood
from robot_agent.head.lights import Lights, foremost

# What the room can do something about, or has to know before it speaks to somebody who cannot see or hear it.
SHOWN_FAULTS: Final = frozenset((Fault.CAMERA, Fault.MICROPHONE, Fault.HEAD))


@dataclass(frozen=True, slots=True)
class Situation:
    """What is true of the robot now. `watched`: somebody can see or hear; `connecting`: holds the seat, but cannot."""

    watched: bool = False
    mood: Mood = Mood.NEUTRAL
    hand_raised: bool = False
    floor: bool = False
    listening: bool = False
    private: bool = False
    telling: bool = False
    connecting: bool = False
    unpaired: bool = False
    faults: frozenset[Fault] = frozenset()


def shown(now: Situation) -> Lights:
    """Eyes are open when, and only when, somebody can see or hear; of the top light's meanings the foremost shows."""
    true = {
        HandLight.PRIVATE: now.private,
        HandLight.ON: now.floor,
        HandLight.BLINK: now.hand_raised,
        HandLight.LISTENING: now.listening,
        HandLight.TELLING: now.telling,
        HandLight.CONNECTING: now.connecting,
        HandLight.UNPAIRED: now.unpaired,
        HandLight.FAULT: bool(now.faults & SHOWN_FAULTS),
        HandLight.BATTERY_LOW: Fault.BATTERY_LOW in now.faults,
    }
    return Lights(
        eyes=Eyes(now.mood.value) if now.watched else Eyes.CLOSED,
        hand=foremost([meaning for meaning, holds in true.items() if holds]),
        private=now.private,
    )
