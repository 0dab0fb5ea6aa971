"""When a block of sound is due, and what a card does with blocks that come too late or too early. Pure."""

import math
from collections import deque
from dataclasses import dataclass
from typing import Final

from hardware_sim.sound.samples import BLOCK_BYTES, BLOCK_S

PLAYOUT_BLOCKS: Final = 2  # bridges a client that is up to 20 ms late
PLAYOUT_MAX_BLOCKS: Final = 4
TRIM_AFTER_BLOCKS: Final = 100  # 1 s with more waiting than PLAYOUT_BLOCKS: drop one
CATCH_UP_BLOCKS: Final = 5  # a late clock sends so many at once; older ones are lost, as on a real card
SILENCE: Final = bytes(BLOCK_BYTES)


@dataclass
class Counters:
    """What went wrong since the start, in blocks of 10 ms."""

    underruns: int = 0  # nothing to play, though playing had begun
    overflows: int = 0  # the client sent more than it was asked for, or stood still and caught up
    unheard: int = 0  # microphone blocks that the client did not fetch in time
    clock_skips: int = 0  # the machine was too busy even for catching up


class Playout:
    """The speaker's short queue: starts when PLAYOUT_BLOCKS are there, never grows past PLAYOUT_MAX_BLOCKS."""

    def __init__(self, counters: Counters) -> None:
        self._counters = counters
        self._blocks: deque[bytes] = deque()
        self._started = False
        self._lowest = 0
        self._age = 0

    def push(self, block: bytes) -> None:
        if len(self._blocks) == PLAYOUT_MAX_BLOCKS:
            self._blocks.popleft()
            self._counters.overflows += 1
        self._blocks.append(block)

    def pop(self) -> bytes:
        """The block to play now; silence before the start and where one is missing."""
        self._started = self._started or len(self._blocks) >= PLAYOUT_BLOCKS
        if not self._started:
            return SILENCE
        if not self._blocks:
            self._counters.underruns += 1
            return SILENCE
        self._trim()
        return self._blocks.popleft()

    def _trim(self) -> None:
        self._lowest = len(self._blocks) if self._age == 0 else min(self._lowest, len(self._blocks))
        self._age += 1
        if self._age == TRIM_AFTER_BLOCKS:
            self._age = 0
            if self._lowest > PLAYOUT_BLOCKS:
                self._blocks.popleft()
                self._counters.overflows += 1


class BlockClock:
    """Says how many blocks are due at a time; never more than CATCH_UP_BLOCKS, and never drifts."""

    def __init__(self, now_s: float, counters: Counters) -> None:
        self._counters = counters
        self._start_s = now_s
        self._done = 0

    def due(self, now_s: float) -> int:
        behind = math.floor((now_s - self._start_s) / BLOCK_S + 1e-6) - self._done
        lost = max(0, behind - CATCH_UP_BLOCKS)
        self._counters.clock_skips += lost
        self._done += max(0, behind)
        return max(0, behind - lost)

    def wait_s(self, now_s: float) -> float:
        """Until the next block is due."""
        return max(0.0, self._start_s + (self._done + 1) * BLOCK_S - now_s)
