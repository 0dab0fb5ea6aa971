"""Round trips from sender and receiver reports (RFC 3550 section 6.4.1, LSR and DLSR): pure, on a monotonic clock."""

from __future__ import annotations

import struct
from collections import OrderedDict, deque

SENDER_REPORT = 200
REMEMBERED = 16  # sender reports; one a second goes out for each stream, an answer older than that says nothing
MAX_RTT_S = 10.0
RECENT = 5  # reports, as many seconds of a picture


class RoundTrip:
    """When sender reports left, and how long their echoes took.

    `shortest_s` of the recent ones is the way itself: a busy tablet answers late by whole seconds, and a queue shrinks.
    Until there are so many what was seen otherwise counts, too: at the start a queue may stand in every report.
    """

    def __init__(self) -> None:
        self._left_s: OrderedDict[int, float] = OrderedDict()
        self._recent: deque[float] = deque(maxlen=RECENT)
        self._sighted_s: float | None = None

    @property
    def shortest_s(self) -> float | None:
        """Of the last RECENT reports, and of what was seen before them while there are fewer; None before either."""
        shortest_s = min(self._recent, default=None)
        if self._sighted_s is None or len(self._recent) == RECENT:
            return shortest_s
        return self._sighted_s if shortest_s is None else min(shortest_s, self._sighted_s)

    def on_sight(self, rtt_s: float) -> None:
        """What a connectivity check or a feedback took, there and back, if not longer: a lost check was sent twice."""
        if 0.0 <= rtt_s <= MAX_RTT_S:
            self._sighted_s = min(rtt_s, self._sighted_s or rtt_s)

    def on_sending(self, rtcp: bytes, now_s: float) -> None:
        """A datagram of RTCP leaves; one that does not begin with a sender report tells nothing."""
        if len(rtcp) < 28 or rtcp[1] != SENDER_REPORT:
            return
        (stamp,) = struct.unpack_from("!L", rtcp, 10)  # the middle of the NTP time stamp, which LSR repeats
        if stamp:
            self._left_s[stamp] = now_s
            if len(self._left_s) > REMEMBERED:
                self._left_s.popitem(last=False)

    def on_report(self, lsr: int, dlsr: int, now_s: float) -> float | None:
        """The round trip in seconds; None when the report is not about a sender report of ours, or is nonsense."""
        left_s = self._left_s.get(lsr)
        if left_s is None:
            return None
        rtt_s = now_s - left_s - dlsr / 65536
        if not 0.0 <= rtt_s <= MAX_RTT_S:
            return None
        self._recent.append(rtt_s)
        return rtt_s
