"""Says when the store has changed: at once where PostgreSQL tells it (LISTEN and NOTIFY), else after a while."""

from __future__ import annotations

import asyncio
import logging
from typing import Any, Final

import asyncpg

log = logging.getLogger(__name__)

CHANNEL: Final = "av1_changed"
NOTIFY: Final = f"NOTIFY {CHANNEL}"
CONNECT_TIMEOUT_S: Final = 10.0
LOOK_S: Final = 5.0  # how late it is seen that the connection is gone; until it is back everything is read by the clock
AGAIN_S: Final = 2.0


class Changes:
    """`address` is that of PostgreSQL, or empty for SQLite, which is one node's and tells nobody."""

    def __init__(self, address: str = "") -> None:
        self._address = address
        self._waiting: set[asyncio.Event] = set()
        self.listening = asyncio.Event()

    async def wait(self, seconds: float) -> None:
        """Until something has changed, by whichever node or command; or so long."""
        news = asyncio.Event()
        self._waiting.add(news)
        try:
            async with asyncio.timeout(seconds):
                await news.wait()
        except TimeoutError:
            return
        finally:
            self._waiting.discard(news)

    def here(self) -> None:
        """This node has something to read, or to tell the store, at once."""
        self._wake()

    async def run(self) -> None:
        """Listens, and listens again, until cancelled."""
        while self._address:
            try:
                await self._listen()
            except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
                log.warning("changes in the store are seen later, the database does not tell them: %s", error)
            finally:
                self.listening.clear()
            await asyncio.sleep(AGAIN_S)

    async def _listen(self) -> None:
        connection = await asyncpg.connect(self._address, timeout=CONNECT_TIMEOUT_S)
        try:
            await connection.add_listener(CHANNEL, self._heard)
            self.listening.set()
            self._wake()  # what changed meanwhile
            while not connection.is_closed():
                await asyncio.sleep(LOOK_S)
                await connection.execute("SELECT 1", timeout=CONNECT_TIMEOUT_S)
        finally:
            connection.terminate()

    def _heard(self, *_: Any) -> None:
        self._wake()

    def _wake(self) -> None:
        for news in self._waiting:
            news.set()
