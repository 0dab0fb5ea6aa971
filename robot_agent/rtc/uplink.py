"""How the picture leaves: what the far side says of it, how fast to send, what to send again."""

from __future__ import annotations

import time
from collections.abc import Callable

from robot_agent.media.interfaces import VideoTap
from robot_agent.media.rate.control import RateControl, RateSettings
from robot_agent.media.rate.packets import LineEstimate
from robot_agent.rtc import patches
from robot_agent.rtc.negotiation import Section
from robot_agent.rtc.retransmission import RetransmissionGuard

ASSUMED_RTT_S = 0.1  # until the first report or beat comes back


class Uplink:
    """The sending side of one connection. Implements `patches.SenderFeedback`; belongs to one event loop."""

    def __init__(self, video: VideoTap, rates: RateSettings, beat_rtt_s: Callable[[], float | None]) -> None:
        """`beat_rtt_s` is the page's own round trip, used until the first receiver report tells one."""
        self._video = video
        self._beat_rtt_s = beat_rtt_s
        self.rate = RateControl(rates)
        self.guard = RetransmissionGuard()
        self.playout_delay: patches.PlayoutDelayMap | None = None

    @property
    def line(self) -> LineEstimate:
        """The line as it looks now."""
        return self.rate.line()

    @property
    def rtt_s(self) -> float:
        """The best that is known of the round trip."""
        return self.rate.line().rtt_s or self._beat_rtt_s() or ASSUMED_RTT_S

    def attach(self, picture: Section) -> None:
        """Take over the picture's sender. Call between `setRemoteDescription` and `createAnswer`."""
        sender = picture.transceiver.sender
        self.playout_delay = patches.teach_playout_delay(picture.transceiver, picture.extensions)
        patches.deliver_feedback(sender, self)
        patches.guard_retransmissions(sender, self.guard, lambda: self.rtt_s, lambda: self.rate.target_bps)
        self._video.set_bitrate(self.rate.target_bps)

    # SenderFeedback

    def on_key_frame_request(self) -> None:
        """The browser cannot decode (PLI or FIR)."""
        self._video.request_key_frame()

    def on_remb(self, bps: int) -> None:
        """The browser's estimate of the line."""
        self.rate.on_remb(bps, time.monotonic())
        self._video.set_bitrate(self.rate.target_bps)

    def on_report(self, loss: float) -> None:
        """The share of packets lost since the report before."""
        self.rate.on_report(loss, time.monotonic(), self._beat_rtt_s())
        self._video.set_bitrate(self.rate.target_bps)
