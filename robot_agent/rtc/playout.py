"""How long the browser may hold a picture back: a pure rule from the measured line. Time is an argument.

Holding back never makes a late picture earlier; it makes those around it even. So: nothing on a clean line, little
against jitter, and a round trip only where a retransmission takes longer than a gap that is seen as a freeze.
"""

from __future__ import annotations

import math

from robot_agent.media.rate.packets import LineEstimate

STEP_MS = 10  # of the header extension
# A minimum of 0 tells Chromium to show everything at once whatever the maximum (up to 500 ms); from the smallest one
# on its own estimate holds, up to the maximum.
MIN_MS = STEP_MS
JITTER_S, CALM_JITTER_S = 0.015, 0.008  # half a frame's time is seen as unrest; below a quarter it is not
JITTER_SHARE = 2.0
MAX_JITTER_MS = 100  # more is a queue, which is the rate control's to empty
LOSSY, CALM_LOSS = 0.02, 0.005
LATE_RTT_S = 0.15  # with a frame's time and the far side's own it makes a gap of 200 ms, a freeze
RTT_SHARE = 1.2  # the round trip of a retransmission, and what its request waits for
RETRANSMISSION_S = 0.04  # a frame's time until the gap shows, and the pacer
MAX_MS = 480  # above 500 ms talking over each other begins, and Chromium would go another way
RISE_S = 0.5  # and worse for so long before more is: one late report is no longer way
CALM_S = 5.0  # the line must be better for so long before less is held back


class PlayoutRule:
    """Minimum and maximum for the playout-delay extension, in ms. Up after RISE_S, down after CALM_S."""

    def __init__(self) -> None:
        self._max_ms = 0
        self._jittery = self._lossy = False
        self._rise: tuple[float, int] | None = None  # since when more is wanted, and the least of it
        self._calm_since_s: float | None = None

    def limits(self, line: LineEstimate, rtt_s: float, now_s: float) -> tuple[int, int]:
        """What the line asks for now; (0, 0) = show each picture as soon as it is decoded.

        `rtt_s` is what a retransmission takes, without the queues and busy moments that pass.
        """
        wanted_ms = self._wanted_ms(line, rtt_s)
        if wanted_ms >= self._max_ms:
            self._calm_since_s = None
        if wanted_ms <= self._max_ms:
            self._rise = None
        if wanted_ms > self._max_ms:
            since_s, least_ms = self._rise or (now_s, wanted_ms)
            self._rise = (since_s, min(least_ms, wanted_ms))
            if now_s - since_s >= RISE_S:
                self._settle(self._rise[1])
        elif wanted_ms < self._max_ms:
            if self._calm_since_s is None:
                self._calm_since_s = now_s
            elif now_s - self._calm_since_s >= CALM_S:
                self._settle(wanted_ms)
        return (MIN_MS, self._max_ms) if self._max_ms else (0, 0)

    def _settle(self, max_ms: int) -> None:
        self._max_ms, self._rise, self._calm_since_s = max_ms, None, None

    def _wanted_ms(self, line: LineEstimate, rtt_s: float) -> int:
        jitter_s, loss = line.jitter_s or 0.0, line.loss or 0.0
        if line.congested and loss >= LOSSY and not self._lossy:
            loss = 0.0  # what overflows in a queue: the rate control mends that, and then nothing is lost
        self._jittery = jitter_s >= (CALM_JITTER_S if self._jittery else JITTER_S)
        self._lossy = loss >= (CALM_LOSS if self._lossy else LOSSY)
        wanted_ms = 0.0
        if self._jittery:
            wanted_ms = min(JITTER_SHARE * jitter_s * 1000, MAX_JITTER_MS)
        if self._lossy and rtt_s >= LATE_RTT_S:
            wanted_ms = max(wanted_ms, (RTT_SHARE * rtt_s + RETRANSMISSION_S) * 1000)
        return min(MAX_MS, math.ceil(wanted_ms / STEP_MS) * STEP_MS)
