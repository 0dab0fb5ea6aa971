"""What the session's one task is asked for, beside offers."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from enum import Enum, auto

from protocol.signals import EndReason, Offer
from robot_agent.rtc.session import MediaState, RtcSession


@dataclass(frozen=True, slots=True)
class End:
    """A request to end the session; `connection` is empty when it ends whoever holds it."""

    reason: EndReason
    connection: str = ""
    done: asyncio.Event | None = None


class Due(Enum):
    """What time brings."""

    OPEN_SOUND = auto()  # the sound device failed in a session: try it again
    RETIRE = auto()  # the old connection has had its time


@dataclass(frozen=True, slots=True)
class MediaChanged:
    """A connection came to be, or is over."""

    rtc: RtcSession
    state: MediaState


Request = Offer | End | MediaChanged | Due
