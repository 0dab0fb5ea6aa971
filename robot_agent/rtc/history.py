"""Packets that may be asked for again: the newest ones, as they were sent. Pure, time is an argument."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator

REMEMBERED = 1024  # packets: 1.3 s at 8 Mbit/s, more than a retransmission may be late, in 1.3 MB


class PacketHistory:
    """By RTP sequence number."""

    def __init__(self) -> None:
        self._packets: OrderedDict[int, tuple[bytes, float]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._packets)

    def remember(self, sequence: int, packet: bytes, now_s: float) -> None:
        """`packet` leaves now."""
        self._packets[sequence] = (packet, now_s)
        self._packets.move_to_end(sequence)
        if len(self._packets) > REMEMBERED:
            self._packets.popitem(last=False)

    def get(self, sequence: int) -> tuple[bytes, float] | None:
        """The packet and when it left."""
        return self._packets.get(sequence)

    def newest_first(self) -> Iterator[bytes]:
        """All packets, the last one first."""
        return (packet for packet, _ in reversed(self._packets.values()))
