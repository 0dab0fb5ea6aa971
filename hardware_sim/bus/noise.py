"""What a bad cable does to bytes: some arrive with one bit turned over. The same seed spoils the same bytes."""

import random
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Disturbance:
    """What is wrong with the line to the bus: share of spoilt bytes (0..1), seed, how late every answer is."""

    corrupt_rate: float = 0.0
    seed: int = 1
    late_s: float = 0.0


class Noise:
    """One direction of a line. Bytes are counted, not times, so that a run can be repeated."""

    def __init__(self, rate: float, seed: str) -> None:
        self._rate = rate
        self._chance = random.Random(seed)  # noqa: S311 - it shall be repeatable

    def spoil(self, data: bytes) -> bytes:
        """The bytes as they arrive."""
        return bytes(map(self._arrives, data)) if self._rate else data

    def _arrives(self, byte: int) -> int:
        return byte ^ 1 << self._chance.randrange(8) if self._chance.random() < self._rate else byte
