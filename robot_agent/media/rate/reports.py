"""The rate from receiver reports and REMB alone, for far sides without transport-wide feedback.

A report a second and no delay of single packets: it climbs fast until the line first objects, then slowly.
Units are bit/s of the whole line.
"""

from __future__ import annotations

from robot_agent.media.rate.loss import HIGH_LOSS, LossRule

LOW_LOSS = 0.02
CLIMB_PER_S = 1.5  # until the first objection: 4 Mbit/s within 7 s of 300 kbit/s
GROWTH_PER_S = 1.08
LOSSY_GROWTH_PER_S = 1.04  # some loss and no delay is the radio's own
MAX_STEP_S = 2.0  # a long silence is no licence for a leap
QUEUE_S = 0.06  # a round trip this much over the shortest is a queue of ours
BACKOFF = 0.85
BLIND_BACKOFF = 0.7  # of what came through: if a queue was full all along, its length is seen when it drains
BACKOFF_INTERVAL_S = 1.5  # the next report tells of the time before the last reaction
HOLD_S = 3.0  # after it: the queue empties, and the shortest round trip is seen
OUTAGE_LOSS = 0.9  # nearly nothing came: an outage, not a queue
RTT_MEMORY_PER_S = 0.002  # the shortest round trip is let grow, in case the path changed
REMB_DROP = 0.9
REMB_SHARE = 0.95  # the estimate is where the receiver saw the queue begin


class ReportRule:
    """One path by its reports."""

    def __init__(self, start_bps: float) -> None:
        self.estimate_bps = start_bps
        self.loss: float | None = None
        self.rtt_s: float | None = None
        self._receiver_bps = float("inf")
        self._loss_rule = LossRule()
        self._climbing = True
        self._shortest_s: float | None = None
        self._last_s: float | None = None
        self._lowered_s: float | None = None

    @property
    def bps(self) -> float:
        """The lower of our own opinion and the receiver's."""
        return min(self.estimate_bps, REMB_SHARE * self._receiver_bps)

    @property
    def queue_s(self) -> float | None:
        """The round trip over the shortest one."""
        if self.rtt_s is None or self._shortest_s is None:
            return None
        return max(0.0, self.rtt_s - self._shortest_s)

    @property
    def congested(self) -> bool:
        """Whether the last report asked for less."""
        return (self.loss or 0.0) > HIGH_LOSS or (self.queue_s or 0.0) > QUEUE_S

    def start_from(self, bps: float) -> None:
        """Go on from what another rule had found; its climb is over."""
        self.estimate_bps = bps
        self._climbing = False

    def on_remb(self, bps: float) -> None:
        """The receiver's estimate of the whole line."""
        if bps < REMB_DROP * self._receiver_bps < float("inf"):
            self._climbing = False  # it saw a queue
        self._receiver_bps = bps

    def on_report(self, loss: float, now_s: float, rtt_s: float | None, floor_bps: float, ceiling_bps: float) -> None:
        """One receiver report; see `RateControl.on_report`."""
        elapsed_s = 0.0 if self._last_s is None else min(max(0.0, now_s - self._last_s), MAX_STEP_S)
        self._last_s = now_s
        self.loss = loss
        self._follow_rtt(rtt_s, elapsed_s)
        queued = (self.queue_s or 0.0) > QUEUE_S
        if loss >= OUTAGE_LOSS:
            return  # nothing to learn of the line's width; the rate from before is still the best guess
        lossy = self._loss_rule.is_too_much(loss, elapsed_s)
        if lossy or queued:
            self._climbing = False
            if self._lowered_s is None or not 0.0 <= now_s - self._lowered_s < BACKOFF_INTERVAL_S:
                self._lowered_s = now_s
                came_bps = self.bps * (1.0 - loss if lossy else 1.0)
                self.estimate_bps = came_bps * (BACKOFF if queued else BLIND_BACKOFF)
        elif self._lowered_s is None or not 0.0 <= now_s - self._lowered_s < HOLD_S:
            self._grow(loss, elapsed_s)
        self.estimate_bps = max(floor_bps, min(self.estimate_bps, ceiling_bps))

    def _grow(self, loss: float, elapsed_s: float) -> None:
        if loss >= LOW_LOSS and self.queue_s is None:
            return  # without a round trip loss is all the warning there is
        per_s = CLIMB_PER_S if self._climbing else GROWTH_PER_S if loss < LOW_LOSS else LOSSY_GROWTH_PER_S
        self.estimate_bps *= per_s**elapsed_s

    def _follow_rtt(self, rtt_s: float | None, elapsed_s: float) -> None:
        self.rtt_s = rtt_s  # an old one tells nothing of the queue now
        if rtt_s is None:
            return
        shortest_s = float("inf") if self._shortest_s is None else self._shortest_s + RTT_MEMORY_PER_S * elapsed_s
        self._shortest_s = min(rtt_s, shortest_s)
