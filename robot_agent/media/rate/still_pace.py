"""How fast a still may leave beside sound and moving picture: a pure rule. Time is an argument, in monotonic seconds.

It takes a fixed share of what the line is known to carry, which the picture gives up meanwhile, and more only while
the line shows that there is more: nobody waits for the still behind a full queue, and the sound never does.
"""

from __future__ import annotations

from typing import Final

from robot_agent.media.rate.packets import LineEstimate

SHARE: Final = 0.3  # of the line: the picture goes on, smaller, and a board comes in seconds
FLOOR_BPS: Final = 24_000  # 3 kB a second; less would not come within the minute that it is kept
CEILING_BPS: Final = 12_000_000  # a megabyte in under a second; more is not noticed
RISE: Final = 1.3  # each STEP_S on a line that shows no queue: tenfold in two seconds
FALL: Final = 0.6
STEP_S: Final = 0.2  # two reports of the far side
CALM_QUEUE_S: Final = 0.02
FULL_QUEUE_S: Final = 0.06  # what the sound would wait behind it
CALM_LOSS: Final = 0.02
CHUNK_S: Final = 0.05  # of the line in one go at most, so that the sound between waits no longer
LEAST_CHUNK_BYTES: Final = 1024  # about one packet; smaller ones are headers


class StillPace:
    """One transfer. `line_bps` is what the line carries by the rate control's word, sound and picture together."""

    def __init__(self, line_bps: float, now_s: float) -> None:
        self._bps = max(FLOOR_BPS, min(SHARE * line_bps, CEILING_BPS))
        self._looked_s = now_s

    @property
    def bps(self) -> float:
        """Bits a second from now on."""
        return self._bps

    def reserved_bps(self, line_bps: float) -> int:
        """What the picture is to leave free: never more than the share, however fast the still goes beyond it."""
        return int(min(self._bps, SHARE * line_bps))

    def chunk_bytes(self, most: int) -> int:
        """How much leaves in one go."""
        return max(min(LEAST_CHUNK_BYTES, most), min(most, int(self._bps * CHUNK_S / 8)))

    def look(self, line: LineEstimate, line_bps: float, now_s: float) -> None:
        """Follow the line as it is now. Ask before each chunk."""
        if now_s - self._looked_s < STEP_S:
            return
        self._looked_s = now_s
        queue_s, loss = line.queue_s, line.loss or 0.0
        share_bps = max(FLOOR_BPS, SHARE * line_bps)
        if line.congested or (queue_s is not None and queue_s > FULL_QUEUE_S):
            self._bps *= FALL
        elif self._bps < share_bps:
            self._bps = min(share_bps, self._bps * RISE)
        elif queue_s is not None and queue_s < CALM_QUEUE_S and loss < CALM_LOSS and line.source == "feedback":
            self._bps *= RISE
        elif self._bps > share_bps:
            self._bps = max(share_bps, self._bps * FALL)
        self._bps = max(FLOOR_BPS, min(self._bps, CEILING_BPS))
