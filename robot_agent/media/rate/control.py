"""How fast to send: a pure rule from what the receiver reports. Time is an argument, in monotonic seconds.

Two opinions, the lower one holds: the receiver's own estimate (REMB, draft-alvestrand-rmcat-remb) and a loss-based
rate (draft-ietf-rmcat-gcc section 6: over 10 % loss down by half the loss, under 2 % up, between them still).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from robot_agent.media.rate.packets import LineEstimate, PacketResult, Probe

# A browser's first REMB comes after about 5 s. Until then: sharp enough at 720p to know faces, and inside the
# 1.5 Mbit/s that a weak 4G uplink carries, sound included. Probing from lower needs transport-wide feedback.
START_BPS = 1_000_000
FLOOR_BPS = 80_000  # below it a picture says nothing; sound alone is better
CEILING_BPS = 2_500_000  # what a browser itself sends at 720p
SOUND_BPS = 60_000  # 32 kbit/s Opus and the headers of 100 packets a second come out of the same line
PACING = 2.5  # times the target: a frame leaves well within the time until the next, and yet not as one burst
REMB_SHARE = 0.95  # leave room for RTCP and the data channels
HIGH_LOSS = 0.10
LOW_LOSS = 0.02
GROWTH_PER_S = 1.08
MAX_STEP_S = 2.0  # a long silence is no licence for a leap


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
    same line, headers included; whoever changes its frames sets it.
    """

    def __init__(self, settings: RateSettings | None = None) -> None:
        self.settings = settings or RateSettings()
        self.sound_bps = SOUND_BPS
        self._by_loss = float(self.settings.start_bps)
        self._by_receiver = float("inf")
        self._last_report_s: float | None = None
        self._loss: float | None = None
        self._rtt_s: float | None = None

    @property
    def target_bps(self) -> int:
        """What to send of picture, always between floor and ceiling."""
        return int(self._clamp(min(self._by_loss, self._by_receiver - self.sound_bps)))

    @property
    def pacing_bps(self) -> int:
        """How fast packets may leave."""
        return int(PACING * (self.target_bps + self.sound_bps))

    def on_feedback(self, results: Sequence[PacketResult], now_s: float) -> None:
        """What became of packets, in any order; one that is told of as lost may be told of again as arrived."""

    def on_remb(self, bps: float, now_s: float) -> None:
        """The receiver's estimate of the whole line. Raises ValueError for a negative one."""
        if bps < 0:
            raise ValueError(f"an estimate is not negative: {bps}")
        self._by_receiver = REMB_SHARE * bps
        self._last_report_s = self._last_report_s or now_s

    def on_report(self, loss: float, now_s: float, rtt_s: float | None = None) -> None:
        """Fraction of packets lost (0..1) since the last receiver report. Raises ValueError outside of that."""
        if not 0.0 <= loss <= 1.0:
            raise ValueError(f"loss is a fraction: {loss}")
        elapsed_s = 0.0 if self._last_report_s is None else max(0.0, now_s - self._last_report_s)
        self._last_report_s = now_s
        self._loss = loss
        self._rtt_s = rtt_s if rtt_s is not None else self._rtt_s
        if loss > HIGH_LOSS:
            self._by_loss = self._clamp(self.target_bps * (1.0 - 0.5 * loss))
        elif loss < LOW_LOSS:
            self._by_loss = self._clamp(self._by_loss * GROWTH_PER_S ** min(elapsed_s, MAX_STEP_S))

    def next_probe(self, now_s: float) -> Probe | None:
        """What is to be sent above the target now, once; None = nothing."""
        return None

    def line(self) -> LineEstimate:
        """The line as it looks now."""
        congested = self._loss is not None and self._loss > HIGH_LOSS
        return LineEstimate(self._rtt_s, self._loss, None, None, congested, "reports")

    def _clamp(self, bps: float) -> float:
        return max(float(self.settings.floor_bps), min(bps, float(self.settings.ceiling_bps)))
