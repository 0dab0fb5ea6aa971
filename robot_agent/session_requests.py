"""What the session's one task is asked for, and the queue of it."""

from __future__ import annotations

import asyncio
from collections import deque
from dataclasses import dataclass
from enum import Enum, auto

from protocol.signals import EndReason, Offer
from robot_agent.rtc.session import MediaState, RtcSession

WAITING_OFFERS = 16  # a person taps a few times at most; more is somebody's fault


@dataclass(frozen=True, slots=True)
class End:
    """A request to end the session: of this connection, of this session, or (both empty) of whoever holds the robot."""

    reason: EndReason
    connection: str = ""
    session: str = ""
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


class Requests:
    """In the order in which they came, and none is ever dropped: offers are refused when too many wait.

    What waits already since the last offer is not put twice, so that the rest is bounded too: time may ask at every
    look while the task is busy with an answer.
    """

    def __init__(self) -> None:
        self._waiting: deque[Request] = deque()
        self._arrived = asyncio.Event()

    def put(self, request: End | MediaChanged | Due) -> None:
        """Asks for something that must come to pass."""
        for waiting in reversed(self._waiting):
            if isinstance(waiting, Offer):
                break
            if waiting == request:
                return
        self._append(request)

    def offer(self, offer: Offer) -> bool:
        """Asks for the robot; False when too many do."""
        if sum(isinstance(waiting, Offer) for waiting in self._waiting) >= WAITING_OFFERS:
            return False
        self._append(offer)
        return True

    async def get(self) -> Request:
        """The next one, for the one task that serves them."""
        while not self._waiting:
            self._arrived.clear()
            await self._arrived.wait()
        return self._waiting.popleft()

    def _append(self, request: Request) -> None:
        self._waiting.append(request)
        self._arrived.set()
