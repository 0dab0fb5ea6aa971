"""How a session feels, in numbers: what the page sees, what the robot makes of it, and one verdict for people."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field

from protocol.base import Wire

DelayMs = Annotated[float, Field(ge=0, le=60_000, description="Milliseconds")]
Share = Annotated[float, Field(ge=0, le=1, description="Part of the whole, 0 to 1")]
Fps = Annotated[float, Field(ge=0, le=240, description="Pictures a second")]


class PageQuality(Wire):
    """What the page has seen in the last second, on `talk` at 1 Hz. None is what its browser does not tell."""

    type: Literal["quality"] = "quality"
    width: Annotated[int, Field(ge=0, le=8192)]
    height: Annotated[int, Field(ge=0, le=8192)]
    fps: Fps
    frozen_ms: DelayMs
    """How much of the second lies in gaps of over 200 ms between two pictures."""
    picture_ms: DelayMs | None = None
    """From the arrival of a picture's last packet to the screen."""
    sound_ms: DelayMs | None = None
    """The room's sound, from its arrival to the loudspeaker: jitter buffer and playing out."""
    buffer_ms: DelayMs | None = None
    """The jitter buffer's part of that."""
    lost: Share | None = None
    """Of the packets of the room's sound."""
    concealed: Share | None = None
    """Of the room's sound that was made up because nothing was there."""


class Verdict(StrEnum):
    """A session in one word."""

    GOOD = "good"
    SLOW = "slow"
    BAD = "bad"


class QualityNumbers(Wire):
    """Estimates for whoever helps. Delays are one way, from where the robot first has it to where it can be sensed."""

    picture_ms: DelayMs | None = None
    """Glass to glass: from the picture's arrival at the robot to the tablet's screen."""
    hear_ms: DelayMs | None = None
    """From the robot's microphone to the tablet's loudspeaker."""
    speak_ms: DelayMs | None = None
    """From the tablet's microphone to the robot's loudspeaker; None while nobody speaks."""
    shown_fps: Fps | None = None
    frozen_ms: DelayMs | None = None
    page_buffer_ms: DelayMs | None = None
    robot_buffer_ms: DelayMs | None = None
    sound_lost: Share | None = None
    sound_concealed: Share | None = None
    echo_loss_db: Annotated[float, Field(ge=-100, le=200)] | None = None
    """By how much the room's echo of the patient's voice is damped; None until it has been heard."""
