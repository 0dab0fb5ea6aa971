"""Takes entries of the access log from the event loop at once, and writes them in the order in which they came."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import logging
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Final

from remote_app.store.access_log import append
from remote_app.store.chain import Deed, Entry
from remote_app.store.engine import Store
from remote_app.store.errors import StoreError

log = logging.getLogger(__name__)

MAX_WAITING: Final = 10_000  # entries while the database is away: two hours of a thousand robots
BATCH: Final = 500
RETRY_S: Final = 2.0
LAST_TRY_S: Final = 1.0  # the whole service stops within two seconds


class AccessLogWriter:
    """The way into the log for everything that happens. What the database does not take in time is counted as lost."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._waiting: deque[Entry] = deque()
        self._news = asyncio.Event()
        self._lost = 0
        self._stop = asyncio.Event()

    def put(self, entry: Entry) -> None:
        """Something happened. Never waits."""
        if len(self._waiting) < MAX_WAITING:
            self._waiting.append(entry)
        else:
            self._lost += 1
        self._news.set()

    async def run(self) -> None:
        """Writes until `stop` was called and everything is written, or the database would not take it then."""
        while self._waiting or not self._stop.is_set():
            await self._news.wait()
            self._news.clear()
            while self._waiting:
                if await self.write():
                    continue
                if self._stop.is_set():
                    log.error("access log: %d entries are lost", len(self._waiting) + self._lost)
                    return
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(RETRY_S):
                        await self._stop.wait()

    def stop(self) -> None:
        """No more is coming."""
        self._stop.set()
        self._news.set()

    @property
    def waiting(self) -> int:
        """How many entries are not written yet."""
        return len(self._waiting)

    async def write(self) -> bool:
        """Writes the oldest that wait; False when the database does not take them, and then they wait on."""
        batch = list(itertools.islice(self._waiting, BATCH))
        taken, lost = len(batch), 0
        if taken == len(self._waiting) and self._lost:
            lost = self._lost
            batch.append(Entry(datetime.now(UTC), Deed.LOST, detail=str(lost)))
        try:
            async with self._store.write(quiet=True) as session:
                await append(session, self._store.key, batch)
        except StoreError as error:
            log.error("access log: %d entries wait: %s", len(self._waiting), error)
            return False
        for _ in range(taken):
            self._waiting.popleft()
        self._lost -= lost
        return True


@asynccontextmanager
async def running(store: Store) -> AsyncIterator[tuple[AccessLogWriter, asyncio.Task[None]]]:
    """A writer and its task for as long as the block lasts; what waits at its end is still written.

    A failure of the task is for whoever watches it; one that nobody has seen is logged at the end.
    """
    writer = AccessLogWriter(store)
    task = asyncio.create_task(writer.run(), name="access log")
    try:
        yield writer, task
    finally:
        writer.stop()
        await asyncio.wait({task}, timeout=LAST_TRY_S)
        if not task.done():
            log.error("access log: the last entries may be lost, the database took too long")
            task.cancel()
            await asyncio.wait({task})
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("access log: it ended by a fault", exc_info=error)
