"""Which key frames are sent twice: a pure rule.

A key frame is dozens of packets, and nothing can be shown before the last one is there: at 2 % loss 40 packets arrive
whole in 45 cases of 100, sent twice in 98. A copy costs less time than asking for one where the round trip is long.
"""

from __future__ import annotations

from robot_agent.media.rate.packets import LineEstimate

LOSSY, CALM_LOSS = 0.02, 0.01  # a retransmission or two are cheaper than copies of everything
LATE_RTT_S = 0.08  # two frames' time; below it a retransmission comes soon enough
BUDGET_S = 0.5  # of the target rate: what the copy of a key frame may take, of which one a second is made


class KeyFrameProtection:
    """One connection's."""

    def __init__(self) -> None:
        self._lossy = False

    def pays(self, frame_bytes: int, target_bps: int, line: LineEstimate, rtt_s: float) -> bool:
        """Whether a key frame of `frame_bytes` is worth being sent twice now; `rtt_s` is what asking again takes."""
        self._lossy = (line.loss or 0.0) >= (CALM_LOSS if self._lossy else LOSSY)
        affordable = frame_bytes * 8 <= BUDGET_S * target_bps
        return self._lossy and rtt_s >= LATE_RTT_S and not line.congested and affordable
