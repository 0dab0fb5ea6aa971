"""The far side's voice between the network's clock and the device's: little delay, and it shrinks again."""

from __future__ import annotations

import threading
from collections import deque

import numpy as np

from robot_agent.media.blocks import BLOCK, Block

WINDOW = 50  # blocks, 0.5 s, over which the spare sound is measured
SPARE = 2  # blocks, 20 ms: one packet of a browser in hand covers the jitter of a good line

_RISE = np.linspace(0.0, 1.0, BLOCK, dtype=np.float32)


class VoiceBuffer:
    """A bounded BlockSource. Sound that arrives in a burst is caught up with: when more than SPARE blocks lie
    unused for WINDOW blocks, two blocks are faded into one. A full buffer drops its oldest block. Thread-safe.
    """

    def __init__(self, capacity: int) -> None:
        """`capacity` in blocks of 10 ms, more than SPARE."""
        if capacity <= SPARE:
            raise ValueError(f"a voice needs more than {SPARE} blocks")
        self._lock = threading.Lock()
        self._capacity = capacity
        self._blocks: deque[Block] = deque(maxlen=capacity)
        self._dropped = 0
        self._merged = 0
        self._seen = 0
        self._least = capacity

    def push(self, block: Block) -> None:
        """Add 10 ms. Raises ValueError for a wrong shape or type."""
        if block.shape != (BLOCK,) or block.dtype != np.int16:
            raise ValueError(f"not a block: shape {block.shape}, {block.dtype}")
        with self._lock:
            self._dropped += len(self._blocks) == self._capacity
            self._blocks.append(block)

    def pop(self) -> Block | None:
        """The next 10 ms, or None where none has come."""
        with self._lock:
            if not self._blocks:
                self._restart_window()
                return None
            block = self._blocks.popleft()
            self._least = min(self._least, len(self._blocks))
            self._seen += 1
            if self._seen >= WINDOW:
                if self._least > SPARE:
                    block = _faded(block, self._blocks.popleft())
                    self._merged += 1
                self._restart_window()
            return block

    def clear(self) -> None:
        """Forget what waits."""
        with self._lock:
            self._blocks.clear()
            self._restart_window()

    def __len__(self) -> int:
        return len(self._blocks)

    @property
    def dropped(self) -> int:
        """Blocks lost to a full buffer."""
        return self._dropped

    @property
    def merged(self) -> int:
        """Blocks taken out to shorten the delay."""
        return self._merged

    def _restart_window(self) -> None:
        self._seen = 0
        self._least = self._capacity


def _faded(first: Block, second: Block) -> Block:
    """10 ms that begin as the first block and end as the second."""
    mixed: Block = np.rint(first * (1.0 - _RISE) + second * _RISE).astype(np.int16)
    return mixed
