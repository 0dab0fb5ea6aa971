"""What the robot shows the room. Pure: one table from what is true to what is lit."""

from __future__ import annotations

from dataclasses import dataclass

from protocol.state import Eyes, HandLight, Mood


@dataclass(frozen=True, slots=True)
class Shown:
    """Eyes and hand light."""

    eyes: Eyes
    hand_light: HandLight


def shown(*, watched: bool, mood: Mood, hand_raised: bool, floor: bool) -> Shown:
    """Eyes are open when, and only when, somebody can see or hear (`watched`); the floor outshines the hand."""
    eyes = Eyes(mood.value) if watched else Eyes.CLOSED
    if floor:
        return Shown(eyes, HandLight.ON)
    return Shown(eyes, HandLight.BLINK if hand_raised else HandLight.OFF)
