"""The sharp picture of the board: what is asked for, and what travels on the session's third data channel.

`stills` is reliable and ordered. The robot sends a header as text and then the picture in binary chunks until all its
bytes are there; a new header means that the picture before it was given up. The page says when it wants no more.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, TypeAdapter

from protocol.base import CommandId, Seconds, Wire

STILLS_CHANNEL = "stills"
CHUNK_BYTES = 16 * 1024  # every browser takes it in one piece (RFC 8831 section 6.6)
MAX_STILL_BYTES = 16 * 1024 * 1024
MAX_SIDE_PX = 8192
KEEP_S = 60.0  # both ends: time to read a board; then it is gone
STILL_EVERY_S = 1.0  # a sensor takes about that long to give a full picture and go back to moving ones

StillId = Annotated[int, Field(ge=0, le=2**31 - 1, description="Counts the pictures that a robot has taken")]
Share = Annotated[float, Field(ge=0, le=1, description="Of the picture's width or height, from its top left corner")]
Extent = Annotated[float, Field(gt=0, le=1, description="Of the picture's width or height")]
Pixels = Annotated[int, Field(ge=16, le=MAX_SIDE_PX)]


class Corner(Wire):
    """One corner of the board in the picture as it was taken."""

    x: Share
    y: Share


class Outline(Wire):
    """The four corners of the board."""

    top_left: Corner
    top_right: Corner
    bottom_right: Corner
    bottom_left: Corner


class Region(Wire):
    """A part of the picture as it is shown; what of it lies outside counts as nothing."""

    left: Share
    top: Share
    width: Extent
    height: Extent


WHOLE = Region(left=0, top=0, width=1, height=1)


class Look(Wire):
    """How the picture is shown: straightened to the board's outline, and with clearer writing.

    `rectify` without an `outline` lets the robot look for the board; where it finds none the picture stays as it is.
    """

    rectify: bool = False
    outline: Outline | None = None
    contrast: bool = False


class TakeStill(Wire):
    """Take a picture with all that the sensor has and send it, at most `width_px` wide."""

    type: Literal["take_still"] = "take_still"
    look: Look = Look()
    width_px: Pixels = 2048


class CropStill(Wire):
    """Send a part of a picture that the robot still keeps, at most `width_px` wide; never more than the sensor saw."""

    type: Literal["crop_still"] = "crop_still"
    still: StillId
    look: Look = Look()
    region: Region
    width_px: Pixels = 2048


class StillApplied(Wire):
    """The picture, or the part of it, is on its way on the `stills` channel."""

    type: Literal["still_applied"] = "still_applied"
    still: StillId
    rectified: bool
    left_s: Seconds
    """How long the robot keeps the picture from now on."""


class StillHeader(Wire):
    """What the chunks that follow are. `request` is the command that asked for it."""

    type: Literal["still_header"] = "still_header"
    request: CommandId
    still: StillId
    media_type: Literal["image/jpeg", "image/webp"]
    bytes: Annotated[int, Field(ge=1, le=MAX_STILL_BYTES)]
    width: Annotated[int, Field(ge=1, le=MAX_SIDE_PX)]
    height: Annotated[int, Field(ge=1, le=MAX_SIDE_PX)]
    region: Region
    """What of the whole picture it shows, where the edges are on whole pixels."""
    full_width: Annotated[int, Field(ge=1, le=MAX_SIDE_PX)]
    full_height: Annotated[int, Field(ge=1, le=MAX_SIDE_PX)]
    look: Look
    """As it was really done: `rectify` is false where no board was found."""
    left_s: Seconds


class StillCancel(Wire):
    """The page wants no more of what was asked for with `request`."""

    type: Literal["still_cancel"] = "still_cancel"
    request: CommandId


StillMessage = Annotated[StillHeader | StillCancel, Field(discriminator="type")]

STILL_CANCEL: TypeAdapter[StillCancel] = TypeAdapter(StillCancel)
STILL_MESSAGE: TypeAdapter[StillMessage] = TypeAdapter(StillMessage)
