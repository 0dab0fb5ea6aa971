"""What was sent, until the far side's report says what became of it: pure, time is an argument."""

from __future__ import annotations

from collections import OrderedDict
from typing import NamedTuple

from robot_agent.media.rate.packets import PacketResult
from robot_agent.rtc.transport_feedback import (
    REFERENCE_BITS,
    SEQUENCE_BITS,
    TICK_S,
    TICKS_PER_REFERENCE,
    TransportFeedback,
    Unwrapper,
)

KEPT_S = 10.0  # a report comes every 50-250 ms; what is older was never reported
MAX_KEPT = 1 << (SEQUENCE_BITS - 1)  # half the range of the sequence, where unwrapping ends


class _Sent(NamedTuple):
    size_bytes: int
    at_s: float
    probe: int | None


class SentPackets:
    """Transport-wide numbers of one connection, and the packets under way."""

    def __init__(self) -> None:
        self._packets: OrderedDict[int, _Sent] = OrderedDict()
        self._next = 0
        self._first_untold = 0
        self._reference = Unwrapper(REFERENCE_BITS)
        self.unknown = 0

    def __len__(self) -> int:
        return len(self._packets)

    @property
    def unanswered_s(self) -> float | None:
        """When the oldest packet left that no report has told of yet, not even as lost; None when there is none.

        One that was forgotten after KEPT_S counts as one that is about to be.
        """
        if self._first_untold == self._next:
            return None
        oldest = self._packets.get(self._first_untold) or next(iter(self._packets.values()))
        return oldest.at_s

    def assign(self, size_bytes: int, now_s: float, probe: int | None = None) -> int:
        """The number of a packet that leaves now, 16 bits."""
        number = self._next
        self._next += 1
        self._packets[number] = _Sent(size_bytes, now_s, probe)
        while len(self._packets) > MAX_KEPT or now_s - next(iter(self._packets.values())).at_s > KEPT_S:
            self._packets.popitem(last=False)
        return number % (1 << SEQUENCE_BITS)

    def settle(self, feedback: TransportFeedback) -> list[PacketResult]:
        """What `feedback` says of packets that are under way; what arrived is under way no more.

        A packet that is told of as lost stays: a later report may say that it came late.
        """
        reference_ticks = self._reference.unwrap(feedback.reference) * TICKS_PER_REFERENCE
        first = self._unwrapped(feedback.base_sequence)
        results: list[PacketResult] = []
        for number, ticks in enumerate(feedback.arrivals, start=first):
            sent = self._packets.get(number)
            if sent is None:
                self.unknown += ticks is not None
                continue
            arrived_s = None if ticks is None else (reference_ticks + ticks) * TICK_S
            results.append(PacketResult(number, sent.size_bytes, sent.at_s, arrived_s, sent.probe))
            if ticks is not None:
                del self._packets[number]
        self._first_untold = min(max(self._first_untold, first + len(feedback.arrivals)), self._next)
        return results

    def _unwrapped(self, sequence: int) -> int:
        """The newest number that was sent and is `sequence` in 16 bits; a report is never about the future."""
        newest = self._next - 1
        return newest - (newest - sequence) % (1 << SEQUENCE_BITS)
