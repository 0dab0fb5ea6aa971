"""The head's clock: ticks on a monotonic grid, earlier when somebody is in a hurry, and how late they were."""

from __future__ import annotations

import asyncio
from collections import deque
from dataclasses import dataclass
from typing import Final

WORTH_S: Final = 0.002  # a tick that is nearer than this comes by itself
KEPT_TICKS: Final = 1500  # half a minute


@dataclass(frozen=True, slots=True)
class TickStats:
    """Lateness of the last ticks behind their planned times, in ms; `missed` counts ticks that never happened."""

    count: int
    missed: int
    p50_ms: float
    p99_ms: float
    max_ms: float

    def __str__(self) -> str:
        """For the log."""
        return (
            f"{self.count}, of the last ones late by {self.p50_ms:.1f} ms (p50), {self.p99_ms:.1f} ms (p99), "
            f"{self.max_ms:.1f} ms at most; {self.missed} missed"
        )


class Ticker:
    """A tick every `period_s`. `hurry` brings the next one forward, but not closer than `min_gap_s`."""

    def __init__(self, period_s: float, min_gap_s: float) -> None:
        self.period_s = period_s
        self._min_gap_s = min_gap_s
        self._loop = asyncio.get_running_loop()
        self._due = self._loop.time()
        self._last = self._due - period_s
        self.hurried = False
        """Somebody waits for the next tick."""
        self._waiter: asyncio.Future[None] | None = None
        self._late: deque[float] = deque(maxlen=KEPT_TICKS)
        self._count = 0
        self._missed = 0

    @property
    def due(self) -> float:
        """When the next tick is due (loop time)."""
        return self._due

    def hurry(self) -> None:
        """Tick as soon as allowed, unless it comes by itself at nearly that time; the grid goes on from there."""
        self.hurried = True
        now = self._loop.time()
        soon = max(self._last + self._min_gap_s, now)
        if soon + WORTH_S < self._due:
            self._due = soon
            self._wake()

    async def next(self) -> int:
        """Wait for the next tick; returns how many were missed before it."""
        missed = max(0, int((self._loop.time() - self._due) / self.period_s))
        self._due += missed * self.period_s
        while self._due > self._loop.time():
            self._waiter = self._loop.create_future()
            timer = self._loop.call_at(self._due, self._wake)
            try:
                await self._waiter
            finally:
                timer.cancel()
                self._waiter = None
        now = self._loop.time()
        self._late.append(now - self._due)
        self._count += 1
        self._missed += missed
        self._last = now
        self.hurried = False
        self._due += self.period_s
        return missed

    @property
    def stats(self) -> TickStats:
        """How late the last ticks were."""
        late = sorted(self._late) or [0.0]
        p50, p99 = late[len(late) // 2], late[min(len(late) - 1, len(late) * 99 // 100)]
        return TickStats(self._count, self._missed, p50 * 1e3, p99 * 1e3, late[-1] * 1e3)

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)
