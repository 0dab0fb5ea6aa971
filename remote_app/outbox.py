"""What waits to be sent to one page: bounded, and the newest wins where only the newest matters.

Texts go first, then sound, then the newest still of the rescue path.
"""

from __future__ import annotations

import asyncio
import itertools
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from protocol.rescue import RescueFrame, RescueKind

MAX_WAITING: Final = 64  # a page that is so far behind is gone or broken
SOUND_AGE_S: Final = 1.0  # sound that would come later than that is not worth the line
MAX_SOUNDS: Final = 64  # over a second of packets of 20 ms
TOO_SLOW_CODE: Final = 1013  # "try again later", IANA WebSocket close codes


@dataclass(frozen=True, slots=True)
class Closing:
    """The end of the queue: close the WebSocket with this code and these words."""

    code: int
    words: str


class Outbox:
    """What goes to one page. One reader (`next`), any number of writers on the same loop. `clock` in seconds.

    A page for which more than `most` texts wait is closed.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic, most: int = MAX_WAITING) -> None:
        self._clock = clock
        self._most = most
        self._texts: dict[str, str] = {}
        self._sounds: deque[tuple[float, bytes]] = deque(maxlen=MAX_SOUNDS)
        self._still: bytes | None = None
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
        if len(self._texts) > self._most:
            self._texts.clear()
            self.close(TOO_SLOW_CODE, "the page does not keep up")
        self._changed.set()

    def put_frame(self, frame: RescueFrame) -> None:
        """Queues a frame of the rescue path; a still takes the place of the one that has not gone yet."""
        if self._closing is not None:
            return
        if frame.kind is RescueKind.STILL:
            self._still = frame.to_bytes()
        else:
            self._sounds.append((self._clock(), frame.to_bytes()))
        self._changed.set()

    def close(self, code: int, words: str) -> None:
        """Nothing more is taken; texts that wait are still sent, frames are not. The first closing counts."""
        self._sounds.clear()
        self._still = None
        if self._closing is None:
            self._closing = Closing(code, words)
        self._changed.set()

    async def next(self) -> str | bytes | Closing:
        """The next text or frame, or at the end how to close."""
        while True:
            if self._texts:
                return self._texts.pop(next(iter(self._texts)))
            if self._closing is not None:
                return self._closing
            frame = self._next_frame()
            if frame is not None:
                return frame
            self._changed.clear()
            await self._changed.wait()

    def _next_frame(self) -> bytes | None:
        oldest_s = self._clock() - SOUND_AGE_S
        while self._sounds:
            queued_s, sound = self._sounds.popleft()
            if queued_s >= oldest_s:
                return sound
        still, self._still = self._still, None
        return still
