"""Which lost packets are sent again: a pure rule. Without it one bad second was answered with 56,000 packets."""

from __future__ import annotations

from collections import OrderedDict

RTT_SHARE = 0.9  # a request may overtake the answer to the one before it by a little
MIN_REPEAT_S = 0.02  # on a local line round trips are shorter than a receiver's own timer
MIN_MAX_AGE_S = 0.4  # what a receiver still waits for before it asks for a key frame
MAX_AGE_RTTS = 4.0  # three answers, should the first ones be lost
MAX_MAX_AGE_S = 1.0  # browsers ask ten times, 100 ms apart at the least: what is given up must still be asked for
BUDGET_SHARE = 0.5  # of the target rate; more would push out fresh pictures
BUDGET_BURST_S = 0.3  # of that share, so that one lost key frame can be mended at once
REMEMBERED = 1024  # packets; a second and more of video


class RetransmissionGuard:
    """Once in a round trip for each packet, not too old, and within a budget. Time is an argument."""

    def __init__(self) -> None:
        self._answered: OrderedDict[int, float] = OrderedDict()
        self._budget_bits: float | None = None
        self._budget_at_s = 0.0
        self.allowed = 0
        self.refused = 0

    def allow(self, sequence: int, size_bytes: int, age_s: float, rtt_s: float, target_bps: int, now_s: float) -> bool:
        """Whether to send `size_bytes` of packet `sequence` again, `age_s` after it was sent first."""
        fresh = not self.is_too_old(age_s, rtt_s)
        last_s = self._answered.get(sequence)
        repeated = last_s is not None and now_s - last_s < max(MIN_REPEAT_S, RTT_SHARE * rtt_s)
        if not fresh or repeated or not self._spend(size_bytes * 8, target_bps, now_s):
            self.refused += 1
            return False
        self.allowed += 1
        self.note(sequence, now_s)
        return True

    @staticmethod
    def is_too_old(age_s: float, rtt_s: float) -> bool:
        """Whether a packet of that age is not sent again any more."""
        return age_s > max(MIN_MAX_AGE_S, min(MAX_AGE_RTTS * rtt_s, MAX_MAX_AGE_S))

    def note(self, sequence: int, now_s: float) -> None:
        """A copy of the packet goes out now without having been asked for."""
        self._answered[sequence] = now_s
        self._answered.move_to_end(sequence)
        if len(self._answered) > REMEMBERED:
            self._answered.popitem(last=False)

    def _spend(self, bits: int, target_bps: int, now_s: float) -> bool:
        rate = BUDGET_SHARE * target_bps
        full = max(rate * BUDGET_BURST_S, 12_000.0)  # one whole packet always fits
        if self._budget_bits is None:
            self._budget_bits = full
        else:
            self._budget_bits = min(full, self._budget_bits + rate * max(0.0, now_s - self._budget_at_s))
        self._budget_at_s = now_s
        if self._budget_bits < bits:
            return False
        self._budget_bits -= bits
        return True


NEEDED_PACKETS = 0x4000  # more than anybody asks for again; a window of 0x8000 and more would wrap around


class Needed:
    """Which packets the far side cannot do without: those since the last key frame, or since one was asked for.

    A packet of those that is lost for good stops the picture: without a new key frame the far side would wait for it
    for seconds before it asks. Sequence numbers are of 16 bits.
    """

    def __init__(self) -> None:
        self._since: int | None = None

    def begin(self, sequence: int) -> None:
        """A key frame begins with `sequence`, or will, at the earliest: nothing before it is needed any more."""
        self._since = sequence & 0xFFFF

    def sent(self, sequence: int) -> None:
        """Packet `sequence` leaves: the window moves on, however long there is no key frame."""
        if self._since is not None and (sequence - self._since) & 0xFFFF >= NEEDED_PACKETS:
            self._since = (sequence - NEEDED_PACKETS) & 0xFFFF

    def __contains__(self, sequence: int) -> bool:
        return self._since is None or (sequence - self._since) & 0xFFFF < 0x8000
