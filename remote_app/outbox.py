"""What waits to be sent to one page: bounded, and the newest wins where only the newest matters."""

from __future__ import annotations

import asyncio
import itertools
from dataclasses import dataclass
from typing import Final

MAX_WAITING: Final = 64  # a page that is so far behind is gone or broken
TOO_SLOW_CODE: Final = 1013  # "try again later", IANA WebSocket close codes


@dataclass(frozen=True, slots=True)
class Closing:
    """The end of the queue: close the WebSocket with this code and these words."""

    code: int
    words: str


class Outbox:
    """Texts for one page, in order. One reader (`next`), any number of writers on the same loop."""

    def __init__(self) -> None:
        self._texts: dict[str, str] = {}
        self._numbers = itertools.count()
        self._closing: Closing | None = None
        self._changed = asyncio.Event()

    def put(self, text: str, slot: str = "") -> None:
        """Queues a text. In a named slot it replaces the one still waiting there."""
        if self._closing is not None:
            return
        key = slot or f"#{next(self._numbers)}"
        self._texts.pop(key, None)
        self._texts[key] = text
        if len(self._texts) > MAX_WAITING:
            self._texts.clear()
            self.close(TOO_SLOW_CODE, "the page does not keep up")
        self._changed.set()

    def close(self, code: int, words: str) -> None:
        """Nothing more is taken; what waits is still sent. The first closing counts."""
        if self._closing is None:
            self._closing = Closing(code, words)
        self._changed.set()

    async def next(self) -> str | Closing:
        """The next text, or at the end how to close."""
        while True:
            if self._texts:
                return self._texts.pop(next(iter(self._texts)))
            if self._closing is not None:
                return self._closing
            self._changed.clear()
            await self._changed.wait()
