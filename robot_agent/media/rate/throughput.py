"""How much is sent and how much arrives: measured over what feedback tells of."""

from __future__ import annotations

from collections import deque

WINDOW_S = 0.5  # a dozen pictures; shorter and one big frame looks like a faster line
SHORT_WINDOW_S = 0.2  # when the queue has just begun, the longer one still knows of the time before it
MIN_SPAN_S = 0.1
MAX_PACKETS = 8192


class Throughput:
    """Bits a second of what passed a point, over the last `window_s` of that point's clock."""

    def __init__(self, window_s: float = WINDOW_S) -> None:
        self._window_s = window_s
        self.reset()

    def reset(self) -> None:
        """Another path: forget what was measured."""
        self._passed: deque[tuple[float, int, float]] = deque(maxlen=MAX_PACKETS)
        self._last_sequence: int | None = None
        self._bytes = 0
        self._unknown_s = 0.0

    def on_lost(self, sequence: int) -> None:
        """One packet that is known not to have passed."""
        self._last_sequence = max(sequence, self._last_sequence or sequence)

    def on_packet(self, sequence: int, at_s: float, size_bytes: int) -> None:
        """One packet. Missing numbers are packets that no feedback told of: their time is left out."""
        if self._passed and at_s < self._passed[-1][0]:
            if self._passed[-1][0] - at_s > 2 * self._window_s:
                self.reset()  # the clock was set
            else:
                at_s = self._passed[-1][0]
        gap_s = 0.0
        if self._passed and self._last_sequence is not None and sequence > self._last_sequence + 1:
            gap_s, size_bytes = at_s - self._passed[-1][0], 0  # neither the time nor what passed at its end
        self._last_sequence = max(sequence, self._last_sequence or sequence)
        self._passed.append((at_s, size_bytes, gap_s))
        self._bytes += size_bytes
        self._unknown_s += gap_s
        while self._passed[0][0] < at_s - self._window_s or len(self._passed) == MAX_PACKETS:
            _, size, gap = self._passed.popleft()
            self._bytes -= size
            self._unknown_s -= gap

    @property
    def bps(self) -> float | None:
        """None until MIN_SPAN_S is known."""
        if len(self._passed) < 2:
            return None
        first = self._passed[0]
        span_s = self._passed[-1][0] - first[0] - (self._unknown_s - first[2])
        # The first packet passed at the start of the span, not in it.
        return (self._bytes - first[1]) * 8 / span_s if span_s >= MIN_SPAN_S else None
