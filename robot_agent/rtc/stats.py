"""What is known of one connection, as facts for the heartbeat, the page and the bench."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from protocol.ice import MediaPath
from protocol.quality import PageQuality


@dataclass(frozen=True)
class SessionStats:
    """The line as it is now. `bitrate_bps` is what the picture took in the last second, headers apart.

    `rtt_ms` is the page's own round trip (a beat and its answer); `line_*` is what the rate control goes by, `source`
    what that rests on. `playout_max_ms` is how long the browser may hold a picture back; None = it does not know of
    that.
    """

    rtt_ms: float | None
    loss: float | None
    bitrate_bps: int
    target_bps: int
    retransmitted: int
    retransmissions_refused: int
    refused_messages: int
    stale_set_points: int
    line_rtt_ms: float | None = None
    jitter_ms: float | None = None
    line_queue_ms: float | None = None
    congested: bool = False
    pacer_queue_ms: float = 0.0
    playout_max_ms: int | None = None
    protected_frames: int = 0
    source: Literal["feedback", "reports"] = "reports"
    path: MediaPath | None = None
    """How the media travel; None until they do."""
    frame_age_ms: float | None = None
    """How long a picture is here before its packets go, from its arrival on, the pacer's queue included."""
    sound_frame_ms: int = 10
    page: PageQuality | None = None
    """What the page saw in the last second; None when it has not said so of late."""


def ms(seconds: float | None) -> float | None:
    """Seconds as milliseconds with one decimal; None stays."""
    return None if seconds is None else round(seconds * 1000, 1)


class RateMeter:
    """Bits a second between two looks at a counter of bytes."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._bytes = 0
        self._at_s = clock()
        self.bps = 0

    def look(self, total_bytes: int) -> None:
        """`total_bytes` since the beginning, which never falls."""
        now_s = self._clock()
        if now_s > self._at_s:
            self.bps = max(0, int((total_bytes - self._bytes) * 8 / (now_s - self._at_s)))
        self._bytes, self._at_s = total_bytes, now_s
