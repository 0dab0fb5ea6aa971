"""Commands wait for each other: one after the other, and no more of them than somebody would wait for."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

from protocol.commands import Command, LeaderCommand

MOST_WAITING = 64

C = TypeVar("C", Command, LeaderCommand)


class CommandLane(Generic[C]):
    """What waits, each with the epoch in which it came. Belongs to one event loop."""

    def __init__(self, handle: Callable[[C, str], Awaitable[None]], refuse: Callable[[C], Awaitable[None]]) -> None:
        """Both answer the command, `refuse` where too many wait already."""
        self._handle: Callable[[C, str], Awaitable[None]] = handle
        self._refuse: Callable[[C], Awaitable[None]] = refuse
        self._waiting: asyncio.Queue[tuple[C, str]] = asyncio.Queue(MOST_WAITING)

    async def put(self, command: C, epoch: str) -> None:
        """Lines it up, behind those that wait."""
        try:
            self._waiting.put_nowait((command, epoch))
        except asyncio.QueueFull:
            await self._refuse(command)

    async def run(self) -> None:
        """Carries them out until cancelled."""
        while True:
            await self._handle(*await self._waiting.get())
