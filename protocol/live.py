"""What travels on the session's two data channels.

`motion` is unordered and never retransmits: set-points in, measured pose out, the newest wins.
`talk` is reliable and ordered: beats both ways, real-time text, what the page sees, notices of the robot.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, TypeAdapter

from protocol.base import ConnectionId, MonotonicMs, PanDeg, Sequence, SessionId, TiltDeg, Wire
from protocol.quality import PageQuality
from protocol.state import Pose

MOTION_CHANNEL = "motion"
TALK_CHANNEL = "talk"
MAX_LIVE_BYTES = 4096


class SetPoint(Wire):
    """Where the finger wants the head now. Holds for 300 ms; the newest sequence wins."""

    type: Literal["set_point"] = "set_point"
    pan_deg: PanDeg
    tilt_deg: TiltDeg
    seq: Sequence
    sent_ms: MonotonicMs


class FarSetPoint(Wire):
    """A set-point that goes round by the broker, for a page without a media path; the service says whose it is."""

    type: Literal["far_set_point"] = "far_set_point"
    session: SessionId
    connection: ConnectionId
    point: SetPoint


class Ping(Wire):
    """A beat of the session, 1 Hz each way; `sent_ms` comes back in the pong."""

    type: Literal["ping"] = "ping"
    sent_ms: MonotonicMs


class Pong(Wire):
    """The answer to a ping, at once."""

    type: Literal["pong"] = "pong"
    sent_ms: MonotonicMs


class TextEdit(Wire):
    """Real-time text: replaces the text from character `start` on with `text` (T.140 in spirit)."""

    type: Literal["text"] = "text"
    start: Annotated[int, Field(ge=0, le=2000)]
    text: Annotated[str, Field(max_length=300)]
    seq: Sequence


MotionMessage = Annotated[SetPoint | Pose, Field(discriminator="type")]
TalkMessage = Annotated[Ping | Pong | TextEdit | PageQuality, Field(discriminator="type")]

SET_POINT: TypeAdapter[SetPoint] = TypeAdapter(SetPoint)
FAR_SET_POINT: TypeAdapter[FarSetPoint] = TypeAdapter(FarSetPoint)
MOTION: TypeAdapter[MotionMessage] = TypeAdapter(MotionMessage)
TALK: TypeAdapter[TalkMessage] = TypeAdapter(TalkMessage)
