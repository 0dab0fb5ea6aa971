"""How fast to send: a pure rule from what the far side reports. Time is an argument, in monotonic seconds.

Transport-wide feedback decides where the browser gives it (feedback.py); receiver reports and REMB do otherwise
(reports.py). Both estimate the whole line; the picture gets what the sound leaves of it.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from robot_agent.media.rate.feedback import FeedbackRule, Limits
from robot_agent.media.rate.loss import LossyLine
from robot_agent.media.rate.packets import LineEstimate, PacketResult, Probe
from robot_agent.media.rate.reports import ReportRule

START_BPS = 300_000  # 800 kbit/s cost 3.6 s of freezes on a line of 300; probes find a better line within seconds
FLOOR_BPS = 80_000  # below it a picture says nothing; sound alone is better
CEILING_BPS = 4_000_000  # 720p with a room's grain; more is not seen
SOUND_BPS = 60_000  # 32 kbit/s Opus and the headers of 100 packets a second come out of the same line
LINE_SHARE = 0.95  # of the line for media: RTCP, retransmissions and the data channels need the rest
PACING = 2.5  # times the target: a frame leaves well within the time until the next, and yet not as one burst
FEEDBACK_GONE_S = 3.0  # without feedback, and
FEEDBACK_GONE_REPORTS = 3  # so many reports since: it is no outage, the browser gives none (any more)


@dataclass(frozen=True)
class RateSettings:
    """Bits a second of picture. Raises ValueError unless 0 < floor <= start <= ceiling."""

    start_bps: int = START_BPS
    floor_bps: int = FLOOR_BPS
    ceiling_bps: int = CEILING_BPS

    def __post_init__(self) -> None:
        if not 0 < self.floor_bps <= self.start_bps <= self.ceiling_bps:
            raise ValueError("rates must be 0 < floor_bps <= start_bps <= ceiling_bps")


class RateControl:
    """One viewer's line.

    `next_probe` is also the clock: it is to be asked every 100 ms or so. `sound_bps` is what the sound takes from the
    same line, headers included; whoever changes its frames sets it. Sound and picture are both to be numbered for
    feedback, with the bytes of their whole RTP packets.
    """

    def __init__(self, settings: RateSettings | None = None) -> None:
        self.settings = settings or RateSettings()
        self._sound_bps = SOUND_BPS
        self._still_bps = 0
        start_bps = self._line(self.settings.start_bps)
        self._feedback = FeedbackRule(start_bps)
        self._reports = ReportRule(start_bps)
        self._lossy = LossyLine()
        self._by_feedback = False
        self._reports_since_feedback = 0
        self._reported_rtt_s: float | None = None

    @property
    def sound_bps(self) -> int:
        """What is set aside for the sound, bit/s with headers."""
        return self._sound_bps

    @sound_bps.setter
    def sound_bps(self, bps: int) -> None:
        if bps < 0:
            raise ValueError(f"sound takes no less than nothing: {bps}")
        self._sound_bps = bps

    @property
    def still_bps(self) -> int:
        """What is set aside for a still that is on its way, bit/s; 0 most of the time."""
        return self._still_bps

    @still_bps.setter
    def still_bps(self, bps: int) -> None:
        if bps < 0:
            raise ValueError(f"a still takes no less than nothing: {bps}")
        self._still_bps = bps

    @property
    def line_bps(self) -> float:
        """What the whole line is believed to carry."""
        return self._feedback.bps if self._by_feedback else self._reports.bps

    @property
    def target_bps(self) -> int:
        """What to send of picture, always between floor and ceiling."""
        room_bps = self.room_bps
        return max(self.settings.floor_bps, min(room_bps, self._lossy.ceiling_bps or room_bps))

    @property
    def room_bps(self) -> int:
        """What the line has for the picture and for copies of it, always between floor and ceiling."""
        picture_bps = round(LINE_SHARE * self.line_bps - self._sound_bps - self._still_bps)
        return max(self.settings.floor_bps, min(picture_bps, self.settings.ceiling_bps))

    @property
    def pacing_bps(self) -> int:
        """How fast packets may leave, sound included."""
        return int(PACING * (self.target_bps + self._sound_bps))

    def on_feedback(self, results: Sequence[PacketResult], now_s: float) -> None:
        """What became of packets, in any order; one that is told of as lost may be told of again as arrived."""
        if not results:
            return
        self._reports_since_feedback = 0
        if not self._by_feedback:
            self._by_feedback = True
            self._feedback.start_from(self._reports.bps)
        self._feedback.on_feedback(results, now_s, self._limits)
        seen = self._feedback
        self._lossy.follow(seen.loss.smoothed, seen.rtt_s, seen.congested, now_s)

    def on_report(self, loss: float, now_s: float, rtt_s: float | None = None) -> None:
        """Fraction of packets lost (0..1) since the last receiver report. Raises ValueError outside of that."""
        if not 0.0 <= loss <= 1.0:
            raise ValueError(f"loss is a fraction: {loss}")
        if rtt_s is not None and math.isfinite(rtt_s) and rtt_s >= 0.0:
            self._reported_rtt_s = rtt_s
        self._reports_since_feedback += 1
        last_s = self._feedback.last_s
        silent = last_s is not None and now_s - last_s > FEEDBACK_GONE_S
        if self._by_feedback and silent and self._reports_since_feedback >= FEEDBACK_GONE_REPORTS:
            self._by_feedback = False
            self._reports.start_from(self._feedback.bps)
        if not self._by_feedback:
            limits = self._limits
            self._reports.on_report(loss, now_s, rtt_s, limits.floor_bps, limits.ceiling_bps)
            self._lossy.follow(loss, rtt_s, self._reports.congested, now_s)

    def on_remb(self, bps: float, now_s: float) -> None:
        """The receiver's estimate of the whole line. Raises ValueError for a negative one."""
        if not bps >= 0:
            raise ValueError(f"an estimate is not negative: {bps}")
        self._reports.on_remb(bps)

    def next_probe(self, now_s: float, unanswered_s: float | None = -math.inf) -> Probe | None:
        """What is to be sent above the target now, once; None = nothing.

        `unanswered_s` is when the oldest packet left that no feedback has told of, None where all was told of: nothing
        sent brings nothing back, and that is no outage. Who sends all the time may leave it out.
        """
        if not self._by_feedback:
            return None
        limits = self._limits
        self._feedback.tick(now_s, limits, unanswered_s)
        return self._feedback.next_probe(now_s, limits)

    def take_return(self) -> bool:
        """Whether the line came back after a silence: what was sent in it is lost, so a key frame is wanted.

        Asking takes the answer away.
        """
        returned, self._feedback.has_returned = self._feedback.has_returned, False
        return returned

    def line(self) -> LineEstimate:
        """The line as it looks now."""
        if not self._by_feedback:
            rule = self._reports
            return LineEstimate(self._reported_rtt_s, rule.loss, None, rule.queue_s, rule.congested, "reports")
        seen = self._feedback
        rtt_s = seen.rtt_s if seen.rtt_s is not None else self._reported_rtt_s
        return LineEstimate(
            rtt_s, seen.loss.smoothed, seen.delay.jitter_s, seen.delay.queue_s, seen.congested, "feedback"
        )

    @property
    def _limits(self) -> Limits:
        return Limits(self._line(self.settings.floor_bps), self._line(self.settings.ceiling_bps))

    def _line(self, picture_bps: float) -> float:
        return (picture_bps + self._sound_bps) / LINE_SHARE
