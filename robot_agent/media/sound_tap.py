"""A listener to the microphone on the event loop's side: bounded, and the newest sound wins."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from robot_agent.media.blocks import Block, BlockRing
from robot_agent.media.sound_errors import SoundClosedError

TAP_BLOCKS = 5  # 50 ms: what a busy event loop may be late without a gap in the sound


class MicrophoneTap:
    """Blocks of the microphone for one consumer. `push` may come from any thread, the rest from the loop."""

    def __init__(self, loop: asyncio.AbstractEventLoop, forget: Callable[[MicrophoneTap], None]) -> None:
        self._loop = loop
        self._forget = forget
        self._ring = BlockRing(TAP_BLOCKS)
        self._arrived = asyncio.Event()
        self._wake_scheduled = False
        self._closed = False

    async def get(self) -> Block:
        """The next block; waits, also while the device is closed. Raises SoundClosedError after `close`."""
        while not self._closed:
            block = self._ring.pop()
            if block is not None:
                return block
            self._arrived.clear()
            if len(self._ring) == 0:
                await self._arrived.wait()
        raise SoundClosedError

    def push(self, block: Block) -> None:
        """From the device's thread; at most one wake-up waits in the loop, however late that is."""
        self._ring.push(block)
        if not self._wake_scheduled and not self._loop.is_closed():
            self._wake_scheduled = True
            self._loop.call_soon_threadsafe(self._wake)

    def clear(self) -> None:
        """Forget what has not been taken: after the device closed nobody hears what came before."""
        self._ring.clear()

    def close(self) -> None:
        """Listen no more; harmless when repeated."""
        self._closed = True
        self._ring.clear()
        self._arrived.set()
        self._forget(self)

    @property
    def dropped(self) -> int:
        """Blocks that this consumer was too slow for."""
        return self._ring.dropped

    def _wake(self) -> None:
        self._wake_scheduled = False
        self._arrived.set()
