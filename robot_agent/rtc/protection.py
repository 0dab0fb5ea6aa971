"""Which pictures are sent more than once: a pure rule.

A key frame is dozens of packets, and nothing can be shown before the last one is there: at 2 % loss 40 packets arrive
whole in 45 cases of 100, sent twice in 98. A copy costs less time than asking for one where the round trip is long. And
where a retransmission takes longer than a gap that is seen as a freeze, every picture is worth its copy. Sent twice at
5 % loss, one packet in 400 is missing instead of one in 20: still a freeze every seven seconds, at 60 packets a second.
Sent three times it is one in two minutes, so a line with room for that is used for it.
"""

from __future__ import annotations

from robot_agent.media.rate.packets import LineEstimate

LOSSY, CALM_LOSS = 0.02, 0.01  # a retransmission or two are cheaper than copies of everything
LATE_RTT_S = 0.08  # two frames' time; below it a retransmission comes soon enough
BUDGET_S = 0.5  # of the target rate: what the copy of a key frame may take, of which one a second is made
FREEZE_RTT_S, CALM_RTT_S = 0.15, 0.12  # with a frame's time and the far side's own it makes a gap of 200 ms
UNKNOWN_BPS = 250_000  # until loss is known: the start, halved for seconds, shows what it shows without a standstill
ENOUGH_BPS, TOO_LITTLE_BPS = 500_000, 300_000  # half of it still shows a moving picture
ROOMY_BPS, CROWDED_BPS = 1_200_000, 900_000  # a third of it does, too
PICTURE_BPS = 500_000  # of a picture that is copied: 540 lines, and two packets each time


class Protection:
    """One connection's. `look` before each picture; then ask."""

    def __init__(self) -> None:
        self._lossy = False
        self._known = False
        self._congested = True
        self._rtt_s = 0.0
        self._target_bps = 0
        self.copies = 0
        """How many more times every picture is sent, out of what the line has: 0, 1 or 2."""

    def look(self, line: LineEstimate, rtt_s: float, target_bps: int, room_bps: int) -> None:
        """The line as it is now; `rtt_s` is what asking again takes, `room_bps` what picture and copies may take.

        A far line counts as lossy until its loss is known: what is lost meanwhile stops the picture.
        """
        known = line.loss is not None
        far = rtt_s >= (CALM_RTT_S if self.copies else FREEZE_RTT_S)
        if line.loss is not None:
            self._lossy = line.loss >= (CALM_LOSS if self._lossy else LOSSY)
        else:
            self._lossy = far
        calm = self.copies > 0 or not line.congested  # a moment of congestion is no reason to raise the encoder's rate
        self.copies = self._affordable(room_bps, known) if far and self._lossy and calm else 0
        self._known, self._congested = known, line.congested
        self._rtt_s, self._target_bps = rtt_s, target_bps

    def picture_bps(self, target_bps: int, room_bps: int) -> int:
        """What the encoder gets of the target rate."""
        return min(target_bps, PICTURE_BPS, room_bps // (1 + self.copies)) if self.copies else target_bps

    def copies_key_frame(self, frame_bytes: int) -> bool:
        """Whether a key frame of `frame_bytes` is sent twice, on top of the target rate."""
        pays = self._lossy and self._known and self._rtt_s >= LATE_RTT_S and not self._congested
        return pays and frame_bytes * 8 <= BUDGET_S * self._target_bps

    def _affordable(self, room_bps: int, known: bool) -> int:
        if room_bps >= (CROWDED_BPS if self.copies == 2 else ROOMY_BPS):
            return 2
        if not known:
            return int(room_bps >= UNKNOWN_BPS)
        return int(room_bps >= (TOO_LITTLE_BPS if self.copies and self._known else ENOUGH_BPS))
