"""Which pictures are sent more than once: a pure rule.

A key frame is dozens of packets, and nothing can be shown before the last one is there: at 2 % loss 40 packets arrive
whole in 45 cases of 100, sent twice in 98. A copy costs less time than asking for one where the round trip is long. And
where a retransmission takes longer than a gap that is seen as a freeze, every picture is worth its copy. Sent twice at
5 % loss, one packet in 400 is missing instead of one in 20: still a freeze every seven seconds, at 60 packets a second.
Sent three times it is one in two minutes, so a line with room for that is used for it.

Nearer, a retransmission is in time for the eye but makes three or four pictures late, and at 1 % loss and 4 Mbit/s
that is every other one. There a smaller picture sent twice is the better use of the same line, where it is wide.
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
NEAR_RTT_S, CALM_NEAR_RTT_S = 0.05, 0.04  # below it a retransmission makes one picture late, by less than its own time
SOME_LOSS, HARDLY_LOSS = 0.006, 0.003
SOME_LOSS_S = 10.0  # it is heard of in windows of a second: in some of them nothing is lost by chance
WIDE_LEAST_BPS, WIDE_MOST_BPS = 1_000_000, 1_500_000  # of a picture sent twice: a moving room in 720 lines
WIDE_CALM = 0.8  # of the room that it began with, before it ends


class WideLine:
    """Whether a line loses now and then and carries the picture twice: what it has over is for a copy."""

    def __init__(self) -> None:
        self._lost_at_s: float | None = None
        self.pays = False

    def follow(self, loss: float | None, rtt_s: float, target_bps: int, room_bps: int, now_s: float) -> None:
        """The line as it is now; the last two in bit/s, see `Protection.look`."""
        if loss is not None and loss >= (HARDLY_LOSS if self.pays else SOME_LOSS):
            self._lost_at_s = now_s
        loses = self._lost_at_s is not None and now_s - self._lost_at_s <= SOME_LOSS_S
        near = rtt_s < (CALM_NEAR_RTT_S if self.pays else NEAR_RTT_S)
        needed_bps = 2 * min(target_bps, WIDE_LEAST_BPS) * (WIDE_CALM if self.pays else 1.0)
        self.pays = loses and not near and room_bps >= needed_bps


class Protection:
    """One connection's. `look` before each picture; then ask."""

    def __init__(self) -> None:
        self._lossy = False
        self._known = False
        self._congested = True
        self._rtt_s = 0.0
        self._target_bps = 0
        self._far_copies = 0
        self._wide = WideLine()
        self.copies = 0
        """How many more times every picture is sent, out of what the line has: 0, 1 or 2."""

    def look(self, line: LineEstimate, rtt_s: float, target_bps: int, room_bps: int, now_s: float) -> None:
        """The line as it is now; `rtt_s` is what asking again takes, `room_bps` what picture and copies may take.

        A far line counts as lossy until its loss is known: what is lost meanwhile stops the picture.
        """
        known = line.loss is not None
        far = rtt_s >= (CALM_RTT_S if self._far_copies else FREEZE_RTT_S)
        if line.loss is not None:
            self._lossy = line.loss >= (CALM_LOSS if self._lossy else LOSSY)
        else:
            self._lossy = far
        calm = self.copies > 0 or not line.congested  # a moment of congestion is no reason to raise the encoder's rate
        self._far_copies = self._affordable(room_bps, known) if far and self._lossy and calm else 0
        self._wide.follow(line.loss, rtt_s, target_bps, room_bps, now_s)
        self.copies = self._far_copies or int(self._wide.pays and calm)
        self._known, self._congested = known, line.congested
        self._rtt_s, self._target_bps = rtt_s, target_bps

    def picture_bps(self, target_bps: int, room_bps: int) -> int:
        """What the encoder gets of the target rate."""
        if not self.copies:
            return target_bps
        most_bps = PICTURE_BPS if self._far_copies else WIDE_MOST_BPS
        return min(target_bps, most_bps, room_bps // (1 + self.copies))

    def copies_key_frame(self, frame_bytes: int) -> bool:
        """Whether a key frame of `frame_bytes` is sent twice, on top of the target rate."""
        pays = self._lossy and self._known and self._rtt_s >= LATE_RTT_S and not self._congested
        return pays and frame_bytes * 8 <= BUDGET_S * self._target_bps

    def _affordable(self, room_bps: int, known: bool) -> int:
        if room_bps >= (CROWDED_BPS if self._far_copies == 2 else ROOMY_BPS):
            return 2
        if not known:
            return int(room_bps >= UNKNOWN_BPS)
        return int(room_bps >= (TOO_LITTLE_BPS if self._far_copies and self._known else ENOUGH_BPS))
