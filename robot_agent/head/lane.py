"""The time between ticks: everything that is not urgent talks there, so that it never delays a tick."""

from __future__ import annotations

import asyncio
import time
from typing import Final

MIN_SLOT_S: Final = 0.009  # one exchange with its time-out fits


class SlowLane:
    """Open from the end of one tick until shortly before the next."""

    def __init__(self) -> None:
        self._open = asyncio.Event()
        self._until = 0.0

    def open(self, until: float) -> None:
        """The bus is free until `until` (monotonic)."""
        self._until = until
        self._open.set()

    def shut(self) -> None:
        """A tick begins."""
        self._open.clear()

    async def slot(self) -> float:
        """Wait until there is room for an exchange; returns when the room ends."""
        while True:
            await self._open.wait()
            if self._until - time.monotonic() >= MIN_SLOT_S:
                return self._until
            self._open.clear()
