"""When the next still of a rescue goes, and how large it may be. Pure; time comes in as monotonic seconds."""

from __future__ import annotations

from protocol.rescue import MAX_STILL_BYTES, STILL_EVERY_S, STILL_OVERDUE_S

FIRST_BYTES = 8_000  # 0.2 s of 320 kbit/s: a line that can do more gets more in a few seconds
LEAST_BYTES = 5_000  # smaller ones show nothing
QUICK_S = 0.25  # shown so soon, a larger still would not be felt
SLOW_S = 0.4  # the sound queues behind a still on the same TCP connection, and from then on waits for the slowest
FAR_QUICK, FAR_SLOW = 1.05, 1.3  # of what the smallest takes: where that is much, the way is long and not thin
FAR_MOST_S = 1.0  # longer, and the sound is no conversation
GROWTH = 1.3
OVERDUE_SHARE = 0.4


class StillClock:
    """Stills clocked by what the page has shown: one on its way at a time, its size after how long that took."""

    def __init__(self) -> None:
        self._bytes = float(FIRST_BYTES)
        self._sent = 0
        self._sent_s = float("-inf")
        self._size = 0
        self._shown = 0
        self._floor_s = 0.0  # what the smallest still takes; not known before one was tried

    @property
    def most_bytes(self) -> int:
        """How large the next still may be."""
        return int(self._bytes)

    @property
    def next_sequence(self) -> int:
        """The number of the next still, from 1."""
        return self._sent + 1

    def wait_s(self, now_s: float) -> float:
        """How long until the next still may go, unless the one on its way is shown before; 0 when it may."""
        least_s = STILL_EVERY_S if self._shown == self._sent else STILL_OVERDUE_S
        return max(0.0, self._sent_s + least_s - now_s)

    def sent(self, size: int, now_s: float) -> None:
        """A still of `size` bytes is on its way. The one before it, if it was never shown, was too much."""
        if self._shown != self._sent:
            self._resize(OVERDUE_SHARE)
        self._sent += 1
        self._sent_s, self._size = now_s, size

    def shown(self, sequence: int, now_s: float) -> bool:
        """The page has shown this still; whether that is news. One that was given up, or never sent, says nothing."""
        if sequence != self._sent or sequence == self._shown:
            return False
        self._shown = sequence
        took_s = now_s - self._sent_s
        if self._size <= LEAST_BYTES:
            self._floor_s = min(self._floor_s or took_s, took_s, FAR_MOST_S / FAR_SLOW)
        far = self._floor_s > SLOW_S
        quick_s, slow_s = (FAR_QUICK * self._floor_s, FAR_SLOW * self._floor_s) if far else (QUICK_S, SLOW_S)
        if took_s > slow_s:
            self._resize(max(OVERDUE_SHARE, slow_s / took_s))
        elif took_s < quick_s and self._size > self._bytes / 2:
            self._resize(GROWTH)  # a plain picture says nothing of large ones
        return True

    def _resize(self, factor: float) -> None:
        self._bytes = min(float(MAX_STILL_BYTES), max(float(LEAST_BYTES), self._bytes * factor))
