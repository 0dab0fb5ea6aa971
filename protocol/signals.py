"""Signalling: how a media session comes to be. The page offers, the robot answers once with everything."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field, TypeAdapter

from protocol.base import (
    Companion,
    ConnectionId,
    Epoch,
    FrameNumber,
    Language,
    MonotonicMs,
    PersonName,
    RobotId,
    Sdp,
    SeatId,
    SessionId,
    Wire,
)
from protocol.ice import IceSetup
from protocol.watching import WatchAnswer, WatchEnded, WatchHangup, WatchOffer


class Offer(Wire):
    """A page asks for the room. `replace` takes the seat from another tablet, said by a person.

    `ice` is what the service gives the robot to be reached by; its passwords are for this session.
    """

    type: Literal["offer"] = "offer"
    session: SessionId
    connection: ConnectionId
    seat: SeatId
    epoch: Epoch
    name: PersonName
    companion: Companion = ""
    language: Language = "nb"
    replace: bool = False
    sent_ms: MonotonicMs
    sdp: Sdp
    ice: IceSetup = IceSetup()


class Hangup(Wire):
    """The service says that a page is gone for good: it left, or its link was withdrawn."""

    type: Literal["hangup"] = "hangup"
    session: SessionId
    connection: ConnectionId


class Beat(Wire):
    """The page is there (1 Hz). Travels on the data channel and, without one, by the service."""

    type: Literal["beat"] = "beat"
    session: SessionId
    connection: ConnectionId
    sent_ms: MonotonicMs


class Rescue(Wire):
    """The page has no media path and wants still pictures and sound by way of the service; said once a second.

    `still` is the newest still that it has shown, 0 before the first. Counts as a beat. Any connection of the session
    that holds the robot may say it; the robot stops 3 s after the last one, and at once with `on` false.
    """

    type: Literal["rescue"] = "rescue"
    session: SessionId
    connection: ConnectionId
    on: bool
    still: FrameNumber = 0
    sent_ms: MonotonicMs


class Answer(Wire):
    """The robot's side of the media session; all its candidates are in the description."""

    type: Literal["answer"] = "answer"
    robot: RobotId
    session: SessionId
    connection: ConnectionId
    sdp: Sdp


class TurnedAway(StrEnum):
    """Why a page does not get the room."""

    BUSY = "busy"
    PRIVATE = "private"
    BAD_OFFER = "bad_offer"
    OTHER_EPOCH = "other_epoch"
    STOPPING = "stopping"


class Declined(Wire):
    """The robot does not take this page; `holder` names who has the seat when that is why."""

    type: Literal["declined"] = "declined"
    robot: RobotId
    session: SessionId
    connection: ConnectionId
    reason: TurnedAway
    holder: Annotated[str, Field(max_length=60)] = ""
    detail: Annotated[str, Field(max_length=300)] = ""


class EndReason(StrEnum):
    """Why a connection that was good is over."""

    LEFT = "left"
    REPLACED = "replaced"
    LOST = "lost"
    PRIVATE = "private"
    STOPPING = "stopping"
    MEDIA_FAILED = "media_failed"
    LEADER = "leader"
    """The course leader ended it for this person."""
    MEETING_OVER = "meeting_over"


class Ended(Wire):
    """The robot closed this connection, and why."""

    type: Literal["ended"] = "ended"
    robot: RobotId
    session: SessionId
    connection: ConnectionId
    reason: EndReason


SignalToRobot = Annotated[Offer | Hangup | Beat | Rescue | WatchOffer | WatchHangup, Field(discriminator="type")]
SignalFromRobot = Annotated[Answer | Declined | Ended | WatchAnswer | WatchEnded, Field(discriminator="type")]

SIGNAL_TO_ROBOT: TypeAdapter[SignalToRobot] = TypeAdapter(SignalToRobot)
SIGNAL_FROM_ROBOT: TypeAdapter[SignalFromRobot] = TypeAdapter(SignalFromRobot)
