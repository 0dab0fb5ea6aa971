"""Those who see and hear the room without holding the robot, and what the person in the room allows.

A watcher's connection carries picture and sound one way. It is asked for by the service (`WatchOffer`), answered or
ended by the robot, and no command, set-point or sound of it counts for anything.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field

from protocol.base import (
    Companion,
    ConnectionId,
    Epoch,
    MonotonicMs,
    PersonName,
    RobotId,
    Sdp,
    SeatId,
    Seconds,
    SessionId,
    Wire,
)
from protocol.ice import IceSetup

MOST_WATCHERS = 32  # names in a heartbeat; the robot's own limit is a setting

WatchRole = Literal["relative", "leader", "companion", "screen"]
"""As what somebody watches. `companion` is another tablet of the seat that holds the robot."""


class Choices(Wire):
    """What the person in the room allows; everything is off until they say otherwise, and when they have left.

    `heard_elsewhere` counts as long as the person has the floor and the room is in plenary.
    """

    relatives_watch: bool = False
    """Relatives may see and hear the room as long as the person is in it."""
    heard_elsewhere: bool = False
    """The groups in the other municipalities may hear the person."""
    named_elsewhere: bool = False
    """The groups in the other municipalities may see the person's name."""


class Watcher(Wire):
    """Somebody who watches; `seeing` is false while the connection comes to be. Told to everybody, never hidden.

    `connection` is what a tablet of the seat is called when the steering is handed to it.
    """

    role: WatchRole
    name: PersonName
    connection: ConnectionId | None = None
    since_s: Seconds
    seeing: bool


class WatchOver(StrEnum):
    """Why somebody does not watch, or watches no longer."""

    NOBODY_IN = "nobody_in"
    """Nobody is in the room, or not whom one wants to watch with."""
    NOT_ALLOWED = "not_allowed"
    """The person in the room does not allow it."""
    PRIVATE = "private"
    BY_ITSELF = "by_itself"
    """The room takes part in the meeting in a way that keeps this one out: in a group screens, one to one everybody."""
    FULL = "full"
    """As many watch as the robot takes."""
    BAD_OFFER = "bad_offer"
    OTHER_EPOCH = "other_epoch"
    STOPPING = "stopping"
    LEFT = "left"
    LOST = "lost"
    MEDIA_FAILED = "media_failed"


class WatchOffer(Wire):
    """A page wants to see and hear the room. `seat` is with whose person a relative watches, or whose tablet it is,
    `session` the one that a tablet would go on with; null for who has none.

    `ice` is what the service gives the robot to be reached by; its passwords are for this connection.
    """

    type: Literal["watch_offer"] = "watch_offer"
    connection: ConnectionId
    role: WatchRole
    name: PersonName
    seat: SeatId | None = None
    session: SessionId | None = None
    epoch: Epoch
    sdp: Sdp
    ice: IceSetup = IceSetup()


class WatchHangup(Wire):
    """The service says that a watcher is gone."""

    type: Literal["watch_hangup"] = "watch_hangup"
    connection: ConnectionId


class WatchAnswer(Wire):
    """The robot's side of a watcher's connection; all its candidates are in the description."""

    type: Literal["watch_answer"] = "watch_answer"
    robot: RobotId
    connection: ConnectionId
    sdp: Sdp


class WatchEnded(Wire):
    """The robot did not take the watcher, or takes them no longer."""

    type: Literal["watch_ended"] = "watch_ended"
    robot: RobotId
    connection: ConnectionId
    reason: WatchOver
    detail: Annotated[str, Field(max_length=300)] = ""


class Watch(Wire):
    """A page wants to see and hear its room; answered with `asked`, then by the robot.

    `companion` is who sits at this tablet, if not the person of the link; a relative's page has no such choice.
    """

    type: Literal["watch"] = "watch"
    companion: Companion = ""
    sdp: Sdp
    sent_ms: MonotonicMs


class StopWatching(Wire):
    """The page has seen enough, for now."""

    type: Literal["stop_watching"] = "stop_watching"
