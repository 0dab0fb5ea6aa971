"""Messages between a page and the service, on one WebSocket (JSON text frames; binary ones are `protocol.rescue`).

The page knows nothing of MQTT: the service adds robot, seat and session, and the robot's own words come back
as they are. Before the WebSocket the page asks `GET /api/link/<token>` what its link is good for.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field, TypeAdapter

from protocol.base import (
    CommandId,
    Companion,
    ConnectionId,
    FrameNumber,
    Language,
    MonotonicMs,
    PersonName,
    RobotId,
    Sdp,
    SeatId,
    Seconds,
    Sequence,
    SessionId,
    Wire,
)
from protocol.commands import Action, Done, Refused
from protocol.ice import IceSetup
from protocol.live import SetPoint
from protocol.meeting import MeetingOver
from protocol.signals import Answer, Declined, Ended
from protocol.state import Pose, RobotState
from protocol.text import MAX_LINES, TextLine, WriteText
from protocol.watching import StopWatching, Watch, WatchAnswer, WatchEnded

MAX_PAGE_BYTES = 96 * 1024  # an offer is the largest thing a page sends

UnixSeconds = Annotated[int, Field(ge=0, le=2**53, description="Seconds since 1970, UTC")]


class Connect(Wire):
    """The page's offer. `replace` is said by a person who takes the seat over from another tablet, `companion` is who
    is with the person of the link."""

    type: Literal["connect"] = "connect"
    sdp: Sdp
    language: Language = "nb"
    companion: Companion = ""
    replace: bool = False
    sent_ms: MonotonicMs


class Act(Wire):
    """A command of the page; the service adds session and epoch."""

    type: Literal["act"] = "act"
    id: CommandId
    seq: Sequence
    sent_ms: MonotonicMs
    action: Action


class PageBeat(Wire):
    """The page is there, 1 Hz, while it has no data channel."""

    type: Literal["beat"] = "beat"
    sent_ms: MonotonicMs


class PageRescue(Wire):
    """The page has no media path and wants stills and sound as binary frames: said once a second, as a beat is, and
    at once when a still was shown (`still` is its number, 0 before the first). `on` false: it needs them no more."""

    type: Literal["rescue"] = "rescue"
    on: bool
    still: FrameNumber = 0
    sent_ms: MonotonicMs


class Knock(Wire):
    """The person waits to be let in: said every two seconds until the service says *admitted* or *not admitted*."""

    type: Literal["knock"] = "knock"
    companion: Companion = ""


class Leave(Wire):
    """The person pressed Forlat; the service ends the session and closes."""

    type: Literal["leave"] = "leave"


class HandOver(Wire):
    """The person hands the steering to another tablet of the seat, that of this watcher's connection."""

    type: Literal["hand_over"] = "hand_over"
    to: ConnectionId


FromPage = Annotated[
    Connect | Act | SetPoint | PageBeat | PageRescue | WriteText | Knock | Watch | StopWatching | HandOver | Leave,
    Field(discriminator="type"),
]


class LinkFault(StrEnum):
    """Why a link does not open the room."""

    EXPIRED = "expired"
    NOT_YET = "not_yet"
    WITHDRAWN = "withdrawn"
    INVALID = "invalid"


class LinkInfo(Wire):
    """The link is good: whose place it is. Answer to `GET /api/link/<token>`."""

    type: Literal["link_info"] = "link_info"
    name: PersonName
    place: Annotated[str, Field(max_length=80)]
    course: Annotated[str, Field(max_length=120)]
    telephone: Annotated[str, Field(max_length=40)]
    present: bool
    role: Literal["patient", "relative"] = "patient"
    """Whether the link is for the place itself, or for watching it."""
    form: bool = False
    """A form of evaluation waits for an answer, at `/e/<token>`."""


class LinkRefused(Wire):
    """The link does not open the room, why, and whom to call.

    Of a link that is too early also whose place it is, and when it opens: the time, and how long that is from now by
    the service's clock, as a tablet's may be wrong.
    """

    type: Literal["link_refused"] = "link_refused"
    fault: LinkFault
    telephone: Annotated[str, Field(max_length=40)]
    name: Annotated[str, Field(max_length=60)] = ""
    place: Annotated[str, Field(max_length=80)] = ""
    course: Annotated[str, Field(max_length=120)] = ""
    opens_at: UnixSeconds | None = None
    opens_in_s: Seconds | None = None
    form: bool = False


LinkAnswer = Annotated[LinkInfo | LinkRefused, Field(discriminator="type")]


class Welcome(Wire):
    """First message of the service: who you are here. `state` is null when the robot has not been heard."""

    type: Literal["welcome"] = "welcome"
    robot: RobotId
    seat: SeatId
    name: PersonName
    place: Annotated[str, Field(max_length=80)]
    course: Annotated[str, Field(max_length=120)]
    telephone: Annotated[str, Field(max_length=40)]
    session: SessionId
    present: bool
    state: RobotState | None
    ice: IceSetup = IceSetup()
    admitted: bool = True
    """Whether the page may connect at once; otherwise it knocks and waits to be let in."""
    lines: Annotated[tuple[TextLine, ...], Field(max_length=MAX_LINES)] = ()
    """What has been written in this session, the oldest first."""


class WatchWelcome(Wire):
    """First message to somebody whose link only lets them watch. `state` is null when the robot has not been heard."""

    type: Literal["watch_welcome"] = "watch_welcome"
    name: PersonName
    place: Annotated[str, Field(max_length=80)]
    course: Annotated[str, Field(max_length=120)]
    telephone: Annotated[str, Field(max_length=40)]
    present: bool
    state: RobotState | None
    ice: IceSetup = IceSetup()


class Asked(Wire):
    """The page's offer is on its way to the robot, as this connection. Comes before the robot's answer; `sent_ms` is
    that of the `connect`, so that a page which has given up an offer takes no other for it."""

    type: Literal["asked"] = "asked"
    connection: ConnectionId
    sent_ms: MonotonicMs


class RobotPresent(Wire):
    """The robot came or went, by the age of its heartbeat."""

    type: Literal["robot_present"] = "robot_present"
    present: bool


class Waiting(Wire):
    """The service has heard the knock and tells the leaders who it is. `since_s`: how long ago the first one was."""

    type: Literal["waiting"] = "waiting"
    since_s: Seconds


class Admitted(Wire):
    """The page may connect."""

    type: Literal["admitted"] = "admitted"


class NotAdmitted(Wire):
    """The course leader does not let the person in now; a knock asks again."""

    type: Literal["not_admitted"] = "not_admitted"


class Steer(Wire):
    """The steering was handed to this page, which looks on: it connects, and takes the seat."""

    type: Literal["steer"] = "steer"


class QueuePlace(Wire):
    """Where the raised hand stands among those of all robots that the service knows; 0 when it does not wait there."""

    type: Literal["queue_place"] = "queue_place"
    place: Annotated[int, Field(ge=0, le=10_000)]
    of: Annotated[int, Field(ge=0, le=10_000)]


SorryReason = Literal[
    "robot_off",
    "bad_message",
    "too_fast",
    "broker_off",
    "stopping",
    "opened_elsewhere",
    "not_admitted",
    "not_allowed",
]


class Sorry(Wire):
    """The service did not do what the page asked; the text on the screen comes from the page's dictionary."""

    type: Literal["sorry"] = "sorry"
    reason: SorryReason
    detail: Annotated[str, Field(max_length=300)] = ""


ToPage = Annotated[
    Welcome
    | IceSetup
    | RobotPresent
    | RobotState
    | Waiting
    | Admitted
    | NotAdmitted
    | MeetingOver
    | Steer
    | QueuePlace
    | TextLine
    | Asked
    | Answer
    | Declined
    | Ended
    | WatchAnswer
    | WatchEnded
    | Done
    | Refused
    | Pose
    | Sorry,
    Field(discriminator="type"),
]

FromWatcher = Annotated[Watch | StopWatching | Leave, Field(discriminator="type")]
ToWatcher = Annotated[
    WatchWelcome | IceSetup | RobotPresent | RobotState | Asked | WatchAnswer | WatchEnded | Sorry,
    Field(discriminator="type"),
]

LINK_ANSWER: TypeAdapter[LinkAnswer] = TypeAdapter(LinkAnswer)
FROM_PAGE: TypeAdapter[FromPage] = TypeAdapter(FromPage)
FROM_WATCHER: TypeAdapter[FromWatcher] = TypeAdapter(FromWatcher)
TO_WATCHER: TypeAdapter[ToWatcher] = TypeAdapter(ToWatcher)
TO_PAGE: TypeAdapter[ToPage] = TypeAdapter(ToPage)
