"""Sound as everything here passes it on: blocks of 10 ms, 48 kHz, mono, signed 16 bit."""

from __future__ import annotations

import math
import threading
from collections import deque
from typing import Protocol, TypeAlias

import numpy as np
import numpy.typing as npt

RATE_HZ = 48_000
BLOCK = 480
BLOCK_S = BLOCK / RATE_HZ
BLOCK_BYTES = BLOCK * 2
FULL_SCALE = 32768.0
SILENCE_DBFS = -96.0  # below one step of 16 bits; also what a closed device reports

Block: TypeAlias = npt.NDArray[np.int16]
"""Shape (480,), int16."""


class BlockSource(Protocol):
    """Something that the mixer pulls from: the next block, or None where there is none now.

    Called from the device's thread every 10 ms; must return at once.
    """

    def pop(self) -> Block | None: ...


def silence() -> Block:
    """A new block of zeros."""
    return np.zeros(BLOCK, dtype=np.int16)


def block_from_bytes(data: bytes | bytearray | memoryview) -> Block:
    """960 bytes s16le -> a block of its own. Raises ValueError for any other length."""
    if len(data) != BLOCK_BYTES:
        raise ValueError(f"a block has {BLOCK_BYTES} bytes, not {len(data)}")
    return np.frombuffer(data, dtype="<i2").astype(np.int16)


def block_to_bytes(block: Block) -> bytes:
    """A block -> 960 bytes s16le. Raises ValueError for any other shape."""
    if block.shape != (BLOCK,):
        raise ValueError(f"a block has shape ({BLOCK},), not {block.shape}")
    return block.astype("<i2", copy=False).tobytes()


def power(samples: npt.NDArray[np.int16]) -> float:
    """Mean square, 1.0 = a full-scale square wave. No samples have no power."""
    if samples.size == 0:
        return 0.0
    scaled = samples.astype(np.float32) / np.float32(FULL_SCALE)
    return float(np.dot(scaled, scaled)) / samples.size


def power_to_dbfs(mean_square: float) -> float:
    """Mean square -> dBFS (RMS against full scale), not below SILENCE_DBFS."""
    if mean_square <= 0.0:
        return SILENCE_DBFS
    return max(SILENCE_DBFS, 10.0 * math.log10(mean_square))


def dbfs(samples: npt.NDArray[np.int16]) -> float:
    """RMS level in dBFS; a full-scale sine is -3.0."""
    return power_to_dbfs(power(samples))


class LevelMeter:
    """The level of a stream, averaged over about 300 ms. One writer; any thread may read."""

    _KEEP = 0.9  # a block, so 95 % after 28 blocks

    def __init__(self) -> None:
        self._power = 0.0

    def add(self, block: Block) -> None:
        self._power = self._KEEP * self._power + (1.0 - self._KEEP) * power(block)

    def reset(self) -> None:
        self._power = 0.0

    @property
    def dbfs(self) -> float:
        return power_to_dbfs(self._power)


class BlockRing:
    """A bounded queue of blocks between two threads: a full one drops its oldest block and counts it."""

    def __init__(self, capacity: int) -> None:
        """`capacity` in blocks of 10 ms. Raises ValueError below 1."""
        if capacity < 1:
            raise ValueError("a ring holds at least one block")
        self._lock = threading.Lock()
        self._blocks: deque[Block] = deque(maxlen=capacity)
        self._dropped = 0

    def push(self, block: Block) -> None:
        """Add the newest block. Raises ValueError for a wrong shape or type, here rather than in the reader."""
        if block.shape != (BLOCK,) or block.dtype != np.int16:
            raise ValueError(f"not a block: shape {block.shape}, {block.dtype}")
        with self._lock:
            if len(self._blocks) == self._blocks.maxlen:
                self._dropped += 1
            self._blocks.append(block)

    def pop(self) -> Block | None:
        """The oldest block, or None."""
        with self._lock:
            return self._blocks.popleft() if self._blocks else None

    def clear(self) -> None:
        """Forget what waits; not counted as dropped."""
        with self._lock:
            self._blocks.clear()

    def __len__(self) -> int:
        return len(self._blocks)

    @property
    def dropped(self) -> int:
        """Blocks lost because nobody took them, since the start."""
        return self._dropped
