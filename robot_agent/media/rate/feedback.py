"""The send-side estimate: from transport-wide feedback to one number. Units are bit/s of the whole line.

Delay leads (delay.py, aimd.py), probes find what is not used (probing.py), heavy loss and silence have their own
rules (loss.py, and here).
"""

from __future__ import annotations

import math
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass

from robot_agent.media.rate.aimd import FILLED, STANDING_QUEUE_S, Aimd
from robot_agent.media.rate.delay import DelayDetector, Usage
from robot_agent.media.rate.loss import GRAVE_LOSS, LossWindow
from robot_agent.media.rate.packets import PacketResult, Probe
from robot_agent.media.rate.probing import ProbeAnswer, ProbePlanner
from robot_agent.media.rate.throughput import SHORT_WINDOW_S, Throughput

SILENCE_S = 1.0  # feedback comes every 50 to 250 ms, and now and then one is lost
SILENT_BPS = 300_000  # into a dead line: enough to be heard when it is back, too little to fill a modem's buffer
RETURN_TIMEOUT_S = 0.7  # beyond the round trip, for the probe that asks for the rate from before
RETURN_SHARE = 0.5  # of the rate from before, when that probe brings no answer
RETURN_ENOUGH = 0.85  # of the rate from before: the line is the same as ever
PROBE_QUEUE_S = 0.05  # a burst on top of more would be felt, and would measure the queue's past
SETTLE_S = 0.2  # the first key frame is a burst of its own; after it an empty queue can be told from a full one
ASSUMED_RTT_S = 0.2
RTT_SMOOTHING = 0.2
REMEMBERED = 4096  # packets; more than two seconds at any rate used here


@dataclass(frozen=True)
class Limits:
    """Where the estimate has to stay, bit/s of the whole line."""

    floor_bps: float
    ceiling_bps: float


class FeedbackRule:
    """One path by its transport-wide feedback."""

    def __init__(self, start_bps: float) -> None:
        self.delay = DelayDetector()
        self.loss = LossWindow()
        self.rtt_s: float | None = None
        self.last_s: float | None = None
        self.has_returned = False
        self._first_s: float | None = None
        self._aimd = Aimd(start_bps)
        self._acked = Throughput()
        self._acked_lately = Throughput(SHORT_WINDOW_S)
        self._sent = Throughput()
        self._probes = ProbePlanner()
        self._told: OrderedDict[int, bool] = OrderedDict()
        self._before_silence_bps: float | None = None
        self._returned_s: float | None = None
        self._forgiven_s = -math.inf

    @property
    def bps(self) -> float:
        """The estimate."""
        return self._aimd.estimate_bps

    @property
    def congested(self) -> bool:
        """Whether the line's queue grows or stands, or nothing is heard."""
        if self._before_silence_bps is not None and self._returned_s is None:
            return True
        return self._aimd.draining or self.delay.usage is Usage.OVER or (self.delay.queue_s or 0.0) > STANDING_QUEUE_S

    def start_from(self, bps: float) -> None:
        """Go on from what another rule had found."""
        self._aimd.set(bps)

    def on_feedback(self, results: Sequence[PacketResult], now_s: float, limits: Limits) -> None:
        """What became of packets; see `RateControl.on_feedback`."""
        news = sorted((one for one in results if self._is_news(one)), key=lambda one: one.sequence)
        if not news:
            return
        self.tick(now_s, limits, min(one.sent_s for one in news))
        if self._before_silence_bps is not None and self._returned_s is None:
            self._on_return(now_s)
        self.last_s = now_s
        self._first_s = now_s if self._first_s is None else self._first_s
        was_congested = self.congested
        for one in news:
            self._take(one)
        self._follow_rtt(news, now_s)
        answer = self._probes.take_answer()
        if answer is not None:
            self._on_answer(answer, was_congested)
        else:
            self._judge(now_s)
        self._hold(limits)

    def tick(self, now_s: float, limits: Limits, unanswered_s: float | None) -> None:
        """Time passes: a silence begins, or the way back from one was too long.

        `unanswered_s` is when the oldest packet left that nothing was heard of; None = there is none.
        """
        if self.last_s is None:
            return
        silent = unanswered_s is not None and now_s - max(self.last_s, unanswered_s) > SILENCE_S
        if self._before_silence_bps is None and silent:
            self._before_silence_bps = self.bps
            self._returned_s = None
            self._aimd.set(min(self.bps, SILENT_BPS))
            self._probes.abandon(now_s)
        elif self._returned_s is not None and self._before_silence_bps is not None:
            if now_s - self._returned_s > RETURN_TIMEOUT_S + (self.rtt_s or ASSUMED_RTT_S):
                self._end_return(RETURN_SHARE * self._before_silence_bps)
            elif silent:
                self._returned_s = None  # gone again
        self._hold(limits)

    def next_probe(self, now_s: float, limits: Limits) -> Probe | None:
        """What to send above the target now."""
        if self.last_s is None or now_s - self.last_s > SILENCE_S or self.congested:
            return None
        if (self.delay.queue_s or 0.0) > PROBE_QUEUE_S:
            return None
        if self._first_s is None or 0.0 <= now_s - self._first_s < SETTLE_S:
            return None
        filled = self._aimd.line_bps is not None and (self._sent.bps or 0.0) >= FILLED * self.bps
        rtt_s, jitter_s = self.rtt_s or ASSUMED_RTT_S, self.delay.jitter_s or 0.0
        return self._probes.next(now_s, self.bps, limits.ceiling_bps, rtt_s, jitter_s, filled)

    def _is_news(self, one: PacketResult) -> bool:
        arrived = one.arrived_s is not None
        if not math.isfinite(one.sent_s) or (one.arrived_s is not None and not math.isfinite(one.arrived_s)):
            return False
        known = self._told.get(one.sequence)
        if known is True or (known is False and not arrived):
            return False
        if known is False and one.sent_s >= self._forgiven_s:
            self.loss.count(0, -1)
        self._told[one.sequence] = arrived
        if len(self._told) > REMEMBERED:
            self._told.popitem(last=False)
        return True

    def _take(self, one: PacketResult) -> None:
        self._sent.on_packet(one.sequence, one.sent_s, one.size_bytes)
        self._probes.on_result(one)
        counts = one.sent_s >= self._forgiven_s
        if one.arrived_s is None:
            self._acked.on_lost(one.sequence)
            self._acked_lately.on_lost(one.sequence)
        else:
            self._acked.on_packet(one.sequence, one.arrived_s, one.size_bytes)
            self._acked_lately.on_packet(one.sequence, one.arrived_s, one.size_bytes)
            if counts and one.probe is None:  # the queue that a burst makes is meant
                self.delay.on_packet(one.sent_s, one.arrived_s)
        if counts:
            self.loss.count(one.arrived_s is not None, one.arrived_s is None)

    def _follow_rtt(self, news: list[PacketResult], now_s: float) -> None:
        times = [now_s - one.sent_s for one in news if one.arrived_s is not None and one.sent_s >= self._forgiven_s]
        newest_s = min((one for one in times if one >= 0.0), default=None)
        if newest_s is not None:
            self.rtt_s = newest_s if self.rtt_s is None else self.rtt_s + RTT_SMOOTHING * (newest_s - self.rtt_s)

    def _judge(self, now_s: float) -> None:
        queue_s = self.delay.queue_s or 0.0
        acked_bps = max(filter(None, (self._acked.bps, self._acked_lately.bps)), default=None)
        rtt_s = self.rtt_s or ASSUMED_RTT_S
        if self._aimd.update(self.delay.usage, queue_s, acked_bps, self._sent.bps, rtt_s, now_s):
            self._probes.abandon(now_s)
        elif self._aimd.take_beyond(acked_bps):
            self._probes.hurry()
        loss = self.loss.judge(now_s)
        if loss is not None:
            carried_bps = self.bps if acked_bps is None or loss < GRAVE_LOSS else acked_bps
            self._aimd.lower(min(carried_bps, self.bps * (1.0 - 0.5 * loss)), now_s)

    def _on_answer(self, answer: ProbeAnswer, congested: bool) -> None:
        before_bps = self._before_silence_bps
        if before_bps is not None and self._returned_s is not None:
            self._end_return(before_bps if answer.bps >= RETURN_ENOUGH * before_bps else answer.bps)
            return
        if congested:
            return
        if answer.bps > self.bps:
            self._aimd.set(answer.bps)
        if answer.saturated:
            self._aimd.end_climb()

    def _on_return(self, now_s: float) -> None:
        self._returned_s = self._forgiven_s = now_s
        self.has_returned = True
        self.delay.reset()
        self._acked.reset()
        self._acked_lately.reset()
        self._sent.reset()
        assert self._before_silence_bps is not None
        self._probes.want(self._before_silence_bps)

    def _end_return(self, bps: float) -> None:
        self._aimd.set(max(bps, self.bps))
        self._before_silence_bps = self._returned_s = None

    def _hold(self, limits: Limits) -> None:
        self._aimd.estimate_bps = max(limits.floor_bps, min(self._aimd.estimate_bps, limits.ceiling_bps))
