"""Which pictures are sent twice: a pure rule.

A key frame is dozens of packets, and nothing can be shown before the last one is there: at 2 % loss 40 packets arrive
whole in 45 cases of 100, sent twice in 98. A copy costs less time than asking for one where the round trip is long. And
where a retransmission takes longer than a gap that is seen as a freeze, every picture is worth its copy: half the rate
buys that one packet in 400 is missing instead of one in 20.
"""

from __future__ import annotations

from robot_agent.media.rate.packets import LineEstimate

LOSSY, CALM_LOSS = 0.02, 0.01  # a retransmission or two are cheaper than copies of everything
LATE_RTT_S = 0.08  # two frames' time; below it a retransmission comes soon enough
BUDGET_S = 0.5  # of the target rate: what the copy of a key frame may take, of which one a second is made
FREEZE_RTT_S, CALM_RTT_S = 0.15, 0.12  # with a frame's time and the far side's own it makes a gap of 200 ms
ENOUGH_BPS, TOO_LITTLE_BPS = 500_000, 300_000  # half of it still shows a moving picture


class Protection:
    """One connection's. `look` before each picture; then ask."""

    def __init__(self) -> None:
        self._lossy = False
        self._congested = True
        self._rtt_s = 0.0
        self._target_bps = 0
        self.copies_all = False
        """Whether every picture is sent twice, out of the target rate: the encoder gets half."""

    def look(self, line: LineEstimate, rtt_s: float, target_bps: int) -> None:
        """The line as it is now; `rtt_s` is what asking again takes."""
        self._lossy = (line.loss or 0.0) >= (CALM_LOSS if self._lossy else LOSSY)
        self._congested, self._rtt_s, self._target_bps = line.congested, rtt_s, target_bps
        if self.copies_all:  # a moment of congestion is no reason to double the encoder's rate
            self.copies_all = self._lossy and rtt_s >= CALM_RTT_S and target_bps >= TOO_LITTLE_BPS
        else:
            far = self._lossy and rtt_s >= FREEZE_RTT_S
            self.copies_all = far and not line.congested and target_bps >= ENOUGH_BPS

    def copies_key_frame(self, frame_bytes: int) -> bool:
        """Whether a key frame of `frame_bytes` is sent twice, on top of the target rate."""
        pays = self._lossy and self._rtt_s >= LATE_RTT_S and not self._congested
        return pays and frame_bytes * 8 <= BUDGET_S * self._target_bps
