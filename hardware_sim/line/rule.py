"""What a line does to each packet: a pure, seeded rule. Time is an argument, in monotonic seconds."""

from __future__ import annotations

import random
from dataclasses import dataclass

from hardware_sim.line.profiles import Shape


@dataclass
class Counts:
    """What became of the packets of one direction since the start."""

    packets: int = 0
    bytes: int = 0
    lost: int = 0
    overflowed: int = 0
    cut: int = 0
    """Fell into an outage."""


class PacketRule:
    """One direction. The n-th packet meets the same fate of chance in every run with that seed, whatever the time."""

    def __init__(self, shape: Shape, seed: str) -> None:
        self.shape = shape
        self.outage = False
        self.counts = Counts()
        self._random = random.Random(seed)  # noqa: S311 - chance that can be repeated, no secret
        self._free_s = float("-inf")  # when the sender of the capped link is done with what it has
        self._last_due_s = float("-inf")

    def due_s(self, size_bytes: int, now_s: float) -> float | None:
        """When this packet leaves the line, never before the one ahead of it; None when it does not.

        Packets that are already on their way are not touched by a later change of shape or by an outage.
        """
        lost = self._random.random() < self.shape.loss
        jitter_ms = self._random.random() * self.shape.jitter_ms
        self.counts.packets += 1
        self.counts.bytes += size_bytes
        if self.outage:
            self.counts.cut += 1
            return None
        if lost:
            self.counts.lost += 1
            return None
        sent_s = self._sent_s(size_bytes, now_s)
        if sent_s is None:
            self.counts.overflowed += 1
            return None
        self._last_due_s = max(self._last_due_s, sent_s + (self.shape.delay_ms + jitter_ms) / 1000)
        return self._last_due_s

    def _sent_s(self, size_bytes: int, now_s: float) -> float | None:
        """When its last bit is on the capped link; None when the queue is full."""
        if self.shape.rate_kbps == 0:
            return now_s
        start_s = max(now_s, self._free_s)
        if start_s - now_s > self.shape.queue_ms / 1000:
            return None
        self._free_s = start_s + size_bytes * 8 / (self.shape.rate_kbps * 1000)
        return self._free_s
