"""Messages between a screen in another room and the service: the room that it follows, and the queue beside it.

A screen is seen by a whole room, so it is told no name but those that the people let other municipalities see, and
nothing of a robot but what it shows.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, TypeAdapter

from protocol.base import MonotonicMs, PersonName, RobotId, Sdp, Wire
from protocol.ice import IceSetup
from protocol.leader import ElsewhereHand
from protocol.watching import StopWatching, WatchAnswer, WatchEnded
from protocol.web import Asked, Leave, LinkRefused, Sorry

MAX_SCREEN_BYTES = 96 * 1024  # an offer to watch is the largest thing a screen sends

RoomShown = Literal["open", "off", "nobody_in", "private", "break", "by_itself"]
"""Whether the room can be followed, and why not. `by_itself`: it is in a group, or one to one."""


class ScreenWatch(Wire):
    """The screen wants to see and hear the room that it follows."""

    type: Literal["screen_watch"] = "screen_watch"
    robot: RobotId
    sdp: Sdp
    sent_ms: MonotonicMs


FromScreen = Annotated[ScreenWatch | StopWatching | Leave, Field(discriminator="type")]


class Speaker(Wire):
    """Who has the floor. `name` is empty unless the person lets other municipalities see it."""

    where: Annotated[str, Field(max_length=80)]
    name: Annotated[str, Field(max_length=60)] = ""


class ScreenView(Wire):
    """What the screen shows now: the room of its own link, or in plenary that of whoever has the floor."""

    type: Literal["screen_view"] = "screen_view"
    robot: RobotId
    where: Annotated[str, Field(max_length=80)]
    room: RoomShown
    speaker: Speaker | None = None
    heard: bool = False
    """The speaker lets the other rooms hear them."""
    queue: Annotated[tuple[ElsewhereHand, ...], Field(max_length=1000)] = ()


class ScreenWelcome(Wire):
    """First message of the service."""

    type: Literal["screen_welcome"] = "screen_welcome"
    name: PersonName
    course: Annotated[str, Field(max_length=120)]
    telephone: Annotated[str, Field(max_length=40)]
    view: ScreenView
    ice: IceSetup = IceSetup()


class ScreenLinkInfo(Wire):
    """The screen's link is good. Answer to `GET /api/screen/<token>`."""

    type: Literal["screen_link_info"] = "screen_link_info"
    name: PersonName
    course: Annotated[str, Field(max_length=120)]
    telephone: Annotated[str, Field(max_length=40)]


ToScreen = Annotated[
    ScreenWelcome | IceSetup | ScreenView | Asked | WatchAnswer | WatchEnded | Sorry, Field(discriminator="type")
]
ScreenLinkAnswer = Annotated[ScreenLinkInfo | LinkRefused, Field(discriminator="type")]

FROM_SCREEN: TypeAdapter[FromScreen] = TypeAdapter(FromScreen)
TO_SCREEN: TypeAdapter[ToScreen] = TypeAdapter(ToScreen)
SCREEN_LINK_ANSWER: TypeAdapter[ScreenLinkAnswer] = TypeAdapter(ScreenLinkAnswer)
