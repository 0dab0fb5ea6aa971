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
FREEZE_RTT_S = 0.15  # with a frame's time and the far side's own it makes a gap of 200 ms
ENOUGH_BPS = 500_000  # half of it still shows a moving picture


class Protection:
    """One connection's. `look` before each picture; then ask."""

    def __init__(self) -> None:
        self._lossy = False
        self._line: LineEstimate | None = None
        self._rtt_s = 0.0

    def look(self, line: LineEstimate, rtt_s: float) -> None:
        """The line as it is now; `rtt_s` is what asking again takes."""
        self._lossy = (line.loss or 0.0) >= (CALM_LOSS if self._lossy else LOSSY)
        self._line, self._rtt_s = line, rtt_s

    def copies_key_frame(self, frame_bytes: int, target_bps: int) -> bool:
        """Whether a key frame of `frame_bytes` is sent twice, on top of the target rate."""
        return self._pays(LATE_RTT_S) and frame_bytes * 8 <= BUDGET_S * target_bps

    def copies_all(self, target_bps: int) -> bool:
        """Whether every picture is sent twice, out of the target rate: the encoder gets half."""
        return self._pays(FREEZE_RTT_S) and target_bps >= ENOUGH_BPS

    def _pays(self, rtt_s: float) -> bool:
        return self._lossy and self._rtt_s >= rtt_s and self._line is not None and not self._line.congested
