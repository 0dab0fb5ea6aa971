"""Additive increase, multiplicative decrease on the delay's verdict, after draft-ietf-rmcat-gcc-02 section 5.5.

Unlike the draft it knows how long the queue is: a longer one is drained faster, and once it is empty the rate goes
back to just under what the line was seen to carry, instead of climbing there from the bottom. Units are bit/s of the
whole line.
"""

from __future__ import annotations

from robot_agent.media.rate.delay import Usage

BACKOFF = 0.85
DEEPEST_BACKOFF = 0.5
DRAIN_S = 0.6  # a queue is to be empty again within it
RESUME = 0.92  # of the line, once its queue is empty
EMPTY_QUEUE_S = 0.03
GROWTH_QUEUE_S = 0.06  # a line with more in its queue than two pictures is full
STANDING_QUEUE_S = 0.1  # whatever the trend says, so much is felt in a talk
STANDING_S = 0.3
STANDING_DEEPEST = 0.6  # of the line: another's queue is not ours to drain, it would starve us
CLIMB_PER_S = 1.3  # until the line's end was seen once; probes are faster, where they can be sent
GROWTH_PER_S = 1.08
PLATEAU_S = 6.0  # after a queue the growth begins at nothing: just under what the line carries there is no queue
BEYOND = 1.15  # so much more arrives than the line was seen to carry: it carries more by now
BEYOND_TRY = 1.25  # so far above it the rate may climb, to see that
RESPONSE_EXTRA_S = 0.1  # for the far side's feedback timer
PACKET_BITS = 9600
MIN_STEP_BPS = 4000.0
APP_LIMIT = 1.5  # no growth beyond this much of what arrives: the line was never asked
APP_LIMIT_EXTRA_BPS = 10_000
LINE_SHARE = 0.3  # of a new measurement in the mean
FILLED = 0.7  # sent at less than this of the estimate: silence says nothing of the line


class Aimd:
    """The delay-based estimate."""

    def __init__(self, start_bps: float) -> None:
        self.estimate_bps = start_bps
        self.line_bps: float | None = None
        self._climbing = True
        self._last_s: float | None = None
        self._lowered_s: float | None = None
        self._standing_since_s: float | None = None
        self._draining = False
        self._drained_s: float | None = None

    @property
    def draining(self) -> bool:
        """Whether it waits for a queue to empty."""
        return self._draining

    def set(self, bps: float) -> None:
        """What a probe or a memory says."""
        self.estimate_bps = bps
        self._draining = False
        if self.line_bps is not None and bps > BEYOND * self.line_bps:
            self.line_bps = None

    def end_climb(self) -> None:
        """The line's end is near: from now on the slow growth."""
        self._climbing = False

    def _learn_line(self, bps: float) -> None:
        if self.line_bps is None or not 0.7 < bps / self.line_bps < 1.3:
            self.line_bps = bps
        else:
            self.line_bps += LINE_SHARE * (bps - self.line_bps)

    def take_beyond(self, acked_bps: float | None) -> bool:
        """Whether more arrives than the line was seen to carry; the line is then unknown again."""
        if self.line_bps is None or acked_bps is None or acked_bps <= BEYOND * self.line_bps:
            return False
        self.line_bps = None
        return True

    def lower(self, bps: float, now_s: float) -> None:
        """To at most `bps`, because of loss."""
        self.estimate_bps = min(self.estimate_bps, bps)
        self._lowered_s = now_s

    def update(
        self,
        usage: Usage,
        queue_s: float,
        acked_bps: float | None,
        sent_bps: float | None,
        rtt_s: float,
        now_s: float,
    ) -> bool:
        """The verdict after one feedback; returns whether the rate was lowered."""
        elapsed_s = 0.0 if self._last_s is None else min(max(0.0, now_s - self._last_s), 1.0)
        self._last_s = now_s
        if usage is Usage.OVER or self._stands(usage, queue_s, now_s):
            return self._decrease(usage, queue_s, acked_bps, sent_bps, rtt_s, now_s)
        if self._draining:
            if queue_s <= EMPTY_QUEUE_S:
                self._draining, self._drained_s = False, now_s
                if self.line_bps is not None:
                    self.estimate_bps = max(self.estimate_bps, RESUME * self.line_bps)
        elif queue_s <= (GROWTH_QUEUE_S if usage is Usage.NORMAL else EMPTY_QUEUE_S):
            self._increase(elapsed_s, acked_bps, rtt_s, now_s)
        return False

    def _stands(self, usage: Usage, queue_s: float, now_s: float) -> bool:
        if queue_s < STANDING_QUEUE_S or usage is Usage.UNDER:
            self._standing_since_s = None
            return False
        if self._standing_since_s is None or now_s < self._standing_since_s:
            self._standing_since_s = now_s
        allowed = self.line_bps is None or self.estimate_bps > STANDING_DEEPEST * self.line_bps
        return now_s - self._standing_since_s >= STANDING_S and allowed

    def _decrease(
        self,
        usage: Usage,
        queue_s: float,
        acked_bps: float | None,
        sent_bps: float | None,
        rtt_s: float,
        now_s: float,
    ) -> bool:
        if self._lowered_s is not None and 0.0 <= now_s - self._lowered_s < rtt_s + RESPONSE_EXTRA_S:
            return False
        self._lowered_s = now_s
        self._standing_since_s = None
        self._climbing = False
        filled = acked_bps is not None and sent_bps is not None and sent_bps >= FILLED * self.estimate_bps
        measured_bps = self.estimate_bps
        if acked_bps is not None and filled:
            measured_bps = acked_bps
            if usage is Usage.OVER or self.line_bps is None:
                self._learn_line(acked_bps)
        factor = max(DEEPEST_BACKOFF, min(BACKOFF, 1.0 - queue_s / DRAIN_S))
        self.estimate_bps = min(self.estimate_bps, factor * measured_bps)
        self._draining = True
        return True

    def _increase(self, elapsed_s: float, acked_bps: float | None, rtt_s: float, now_s: float) -> None:
        if self.line_bps is None:
            grown_bps = self.estimate_bps * (CLIMB_PER_S if self._climbing else GROWTH_PER_S) ** elapsed_s
        else:
            step_bps = max(MIN_STEP_BPS, PACKET_BITS / (rtt_s + RESPONSE_EXTRA_S))
            if self._drained_s is not None:
                step_bps *= min(1.0, max(0.0, now_s - self._drained_s) / PLATEAU_S)
            grown_bps = min(self.estimate_bps + step_bps * elapsed_s, BEYOND_TRY * self.line_bps)
        if acked_bps is not None:
            grown_bps = min(grown_bps, APP_LIMIT * acked_bps + APP_LIMIT_EXTRA_BPS)
        self.estimate_bps = max(self.estimate_bps, grown_bps)
