"""What the robot tells by itself and nobody waits for: events in order, and the pose where no channel carries it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable

from protocol.events import Event
from protocol.state import Pose

log = logging.getLogger(__name__)

WAITING_EVENTS = 64  # while the broker is away; more tell nothing new
AFAR_POSE_INTERVAL_S = 0.1  # without a media path the pose goes by the broker, ten times a second


class EventLane:
    """Events, each once and in order; one too many is dropped and logged."""

    def __init__(self, send: Callable[[Event], Awaitable[object]]) -> None:
        self._send = send
        self._waiting: asyncio.Queue[Event] = asyncio.Queue(WAITING_EVENTS)

    def put(self, event: Event) -> None:
        """Something happened."""
        try:
            self._waiting.put_nowait(event)
        except asyncio.QueueFull:
            log.warning("too many events wait, %s is dropped", event.type)

    async def run(self) -> None:
        """Sends until cancelled."""
        while True:
            await self._send(await self._waiting.get())


class FarPoses:
    """The newest pose, ten times a second at most."""

    def __init__(self, send: Callable[[Pose], Awaitable[object]]) -> None:
        self._send = send
        self._newest: Pose | None = None

    def put(self, pose: Pose) -> None:
        """The head is here now."""
        self._newest = pose

    async def run(self) -> None:
        """Sends until cancelled."""
        while True:
            await asyncio.sleep(AFAR_POSE_INTERVAL_S)
            pose, self._newest = self._newest, None
            if pose is not None:
                await self._send(pose)
