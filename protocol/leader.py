"""Messages between a course leader's page and the service, on one WebSocket.

The robots' own words (state, replies) come as they are; the service adds the leader's name and the robot's epoch to
what the page asks. Before the WebSocket the page asks `GET /api/leader/<token>` what its link is good for.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field, TypeAdapter

from protocol.base import (
    CommandId,
    Companion,
    LinkId,
    MonotonicMs,
    PersonName,
    RobotId,
    Sdp,
    SeatId,
    Seconds,
    SessionId,
    Wire,
)
from protocol.commands import Done, LeaderAction, Refused
from protocol.ice import IceSetup
from protocol.state import RobotState
from protocol.text import MAX_LINES, LeaderText, TextLine
from protocol.watching import WatchAnswer, WatchEnded
from protocol.web import Asked, LinkRefused, Sorry

MAX_LEADER_BYTES = 96 * 1024  # an offer to watch is the largest thing a leader's page sends
MOST_ROBOTS = 1000


class LeaderAct(Wire):
    """A command for one robot; `session` is whom the leader saw there, null where nobody is concerned."""

    type: Literal["leader_act"] = "leader_act"
    id: CommandId
    robot: RobotId
    session: SessionId | None
    action: LeaderAction


class IdentityBy(StrEnum):
    """How a leader made sure of who it is that waits."""

    LINK = "link"
    """They came by the link, or the digits, that were given to them alone: true of everybody who knocks."""
    NURSE = "nurse"
    """A nurse sits beside and says who it is."""
    VOICE = "voice"
    """The leader knows the voice or the face, or has just spoken with them."""


class Admit(Wire):
    """*Slipp inn*: the person who waits may come in. `identity` stands in the access log."""

    type: Literal["admit"] = "admit"
    robot: RobotId
    link: LinkId
    identity: IdentityBy = IdentityBy.LINK


class TurnDown(Wire):
    """*Ikke nå*: the person who waits may not come in now, and may ask again."""

    type: Literal["turn_down"] = "turn_down"
    robot: RobotId
    link: LinkId


class LeaderWatch(Wire):
    """The leader wants to see and hear one room; another one than before, or the same anew."""

    type: Literal["leader_watch"] = "leader_watch"
    robot: RobotId
    sdp: Sdp
    sent_ms: MonotonicMs


class LeaderUnwatch(Wire):
    """The leader has seen enough of this room."""

    type: Literal["leader_unwatch"] = "leader_unwatch"
    robot: RobotId


class MakeScreen(Wire):
    """The leader wants the link of the screens that follow this room; answered with `screen_link`. `name` is what the
    people at the robot read of who watches: where it hangs."""

    type: Literal["make_screen"] = "make_screen"
    robot: RobotId
    name: PersonName


class WithdrawScreen(Wire):
    """Every screen that follows this room closes, and their link is useless."""

    type: Literal["withdraw_screen"] = "withdraw_screen"
    robot: RobotId


class ScreenLink(Wire):
    """The link of the screens that follow a room: the path at this service; empty when it was withdrawn."""

    type: Literal["screen_link"] = "screen_link"
    robot: RobotId
    path: Annotated[str, Field(max_length=1100)]


class LeaderPing(Wire):
    """The page asks whether its line still lives."""

    type: Literal["leader_ping"] = "leader_ping"


FromLeader = Annotated[
    LeaderAct | LeaderText | Admit | TurnDown | LeaderWatch | LeaderUnwatch | MakeScreen | WithdrawScreen | LeaderPing,
    Field(discriminator="type"),
]


class WaitingPerson(Wire):
    """Somebody at the door, `since_s` seconds ago for the first time."""

    link: LinkId
    seat: SeatId
    name: PersonName
    companion: Companion
    since_s: Seconds


class Lobby(Wire):
    """Everybody who waits at one robot, the longest first."""

    type: Literal["lobby"] = "lobby"
    robot: RobotId
    waiting: tuple[WaitingPerson, ...] = ()


class LeaderRobot(Wire):
    """One robot of this leader. `state` is null when it has not been heard."""

    robot: RobotId
    place: Annotated[str, Field(max_length=80)]
    present: bool
    state: RobotState | None
    waiting: tuple[WaitingPerson, ...] = ()
    lines: Annotated[tuple[TextLine, ...], Field(max_length=MAX_LINES)] = ()
    """What has been written with the person who is there, the oldest first."""


class QueuedHand(Wire):
    """A raised hand without the floor; `place` is 1 for the one that has been up the longest."""

    robot: RobotId
    place: Annotated[int, Field(ge=1, le=10_000)]


class ElsewhereHand(Wire):
    """A raised hand at another leader's robot. `name` is empty unless the person lets other municipalities see it."""

    place: Annotated[int, Field(ge=1, le=10_000)]
    where: Annotated[str, Field(max_length=80)]
    name: Annotated[str, Field(max_length=60)] = ""


class HandQueue(Wire):
    """The raised hands of this leader's robots, oldest first, and whose come between them; `of` counts all."""

    type: Literal["hand_queue"] = "hand_queue"
    hands: tuple[QueuedHand, ...] = ()
    elsewhere: tuple[ElsewhereHand, ...] = ()
    of: Annotated[int, Field(ge=0, le=10_000)] = 0


class LeaderWelcome(Wire):
    """First message of the service: who you are here, and your robots as they are now."""

    type: Literal["leader_welcome"] = "leader_welcome"
    name: PersonName
    course: Annotated[str, Field(max_length=120)]
    telephone: Annotated[str, Field(max_length=40)]
    robots: Annotated[tuple[LeaderRobot, ...], Field(max_length=MOST_ROBOTS)]
    queue: HandQueue = HandQueue()
    ice: IceSetup = IceSetup()
    """To see and hear a room with."""


class PresenceNews(Wire):
    """One of the robots came or went."""

    type: Literal["presence_news"] = "presence_news"
    robot: RobotId
    present: bool


class LeaderPong(Wire):
    """The line lives."""

    type: Literal["leader_pong"] = "leader_pong"


ToLeader = Annotated[
    LeaderWelcome
    | PresenceNews
    | RobotState
    | TextLine
    | Lobby
    | HandQueue
    | ScreenLink
    | Asked
    | WatchAnswer
    | WatchEnded
    | Done
    | Refused
    | LeaderPong
    | Sorry,
    Field(discriminator="type"),
]


class LeaderLinkInfo(Wire):
    """The leader's link is good. Answer to `GET /api/leader/<token>`."""

    type: Literal["leader_link_info"] = "leader_link_info"
    name: PersonName
    course: Annotated[str, Field(max_length=120)]
    telephone: Annotated[str, Field(max_length=40)]


LeaderLinkAnswer = Annotated[LeaderLinkInfo | LinkRefused, Field(discriminator="type")]

FROM_LEADER: TypeAdapter[FromLeader] = TypeAdapter(FromLeader)
TO_LEADER: TypeAdapter[ToLeader] = TypeAdapter(ToLeader)
LEADER_LINK_ANSWER: TypeAdapter[LeaderLinkAnswer] = TypeAdapter(LeaderLinkAnswer)
