"""How the room's sound leaves: what the far side says of it and of the line, and how it is encoded for that."""

from __future__ import annotations

import math
import time
from collections.abc import Callable

from robot_agent.media.opus import OpusSettings
from robot_agent.media.sound_plan import SoundLine, SoundPlan, sound_bps
from robot_agent.rtc import patches
from robot_agent.rtc.negotiation import Section
from robot_agent.rtc.uplink import Uplink

REPORT_AGE_S = 10.0  # a browser reports on sound every 5 s, give or take a half (RFC 3550 section 6.2)
PLAN_S = 0.05  # between two looks at the line; nothing is known more often


class SoundUplink:
    """The sound's share of one connection. Implements `patches.SenderFeedback`; belongs to one event loop."""

    def __init__(self, line: Uplink, clock: Callable[[], float] = time.monotonic) -> None:
        """`line` is what picture and sound share: it tells how it is, and is told what the sound takes of it."""
        self._line = line
        self._clock = clock
        self._plan = SoundPlan()
        self._settings = OpusSettings()
        self._look_s = -math.inf
        self._loss = 0.0
        self._loss_s: float | None = None
        self.frame_ms = OpusSettings().frame_ms

    def attach(self, sound: Section) -> None:
        """Hear the receiver reports of the sound's sender. Call between `setRemoteDescription` and `createAnswer`."""
        patches.deliver_feedback(sound.transceiver.sender, self)

    def settings(self) -> OpusSettings:
        """How to encode the next 10 ms; what they cost is taken off the picture's share."""
        now_s, rate = self._clock(), self._line.rate
        if now_s < self._look_s:
            return self._settings
        self._look_s = now_s + PLAN_S
        line = SoundLine(rate.target_bps + rate.sound_bps, self._loss_now(now_s), self._line.rtt_s)
        self._settings = settings = self._plan.update(line, now_s)
        rate.sound_bps = sound_bps(settings)
        self.frame_ms = settings.frame_ms
        return settings

    def _loss_now(self, now_s: float) -> float | None:
        """The worse of what is known of the line and of the sound itself: neither report covers the other's gaps."""
        known = [loss for loss in (self._line.line.loss, self._own_loss(now_s)) if loss is not None]
        return max(known, default=None)

    def _own_loss(self, now_s: float) -> float | None:
        return None if self._loss_s is None or now_s - self._loss_s > REPORT_AGE_S else self._loss

    # SenderFeedback

    def on_key_frame_request(self) -> None:
        """Sound has no key frames."""

    def on_remb(self, bps: int) -> None:
        """The estimate of the line comes with the picture's reports."""

    def on_report(self, report: patches.ReceptionReport) -> None:
        """A receiver report of the sound."""
        self._loss, self._loss_s = report.loss, self._clock()
