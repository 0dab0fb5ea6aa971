"""Whether loss says that less should be sent: over a tenth it does, unless sending less did not help.

Rural radio loses packets for reasons of its own; draft-ietf-rmcat-gcc-02 section 6 would halve the rate again and
again there. Queues that overflow are heard of earlier, by their delay.
"""

from __future__ import annotations

HIGH_LOSS = 0.10
WINDOW_S = 1.0
WINDOW_PACKETS = 60  # with fewer, 5 % by chance looks like 10 % too often
WINDOW_MAX_S = 3.0  # a thin line gets judged all the same
MIN_PACKETS = 10
GRAVE_LOSS = 0.30  # a policer: what arrives is what the line carries
FUTILE = 0.8  # less was sent and this share of the loss is still there: it is the line's own
FUTILE_TIMES = 2  # in a row; a full queue still loses for a while
INHERENT_HALF_LIFE_S = 20.0
SMOOTHING_S = 1.0
LOSSY_FROM = 0.025
LOSSY_S = 2.5  # in a row and without a queue; one that overflowed is nearly forgotten by then
LOSSY_UNTIL = 0.015  # far below, so that chance does not make the picture's size go to and fro
LOSSY_RTT_S = 0.05  # nearer, and a packet is sent again before its picture is missed
LOSSY_CEILING_BPS = 700_000  # pictures of two or three packets: each more is one more to lose, and a wait for all


class LossRule:
    """What is too much, window by window; each that is will have been answered by sending less."""

    def __init__(self) -> None:
        self._inherent = 0.0
        self._loss_when_lowered: float | None = None
        self._in_vain = 0

    def is_too_much(self, loss: float, elapsed_s: float) -> bool:
        """Whether `loss` (0..1) of the last `elapsed_s` asks for less."""
        self._inherent *= 0.5 ** (elapsed_s / INHERENT_HALF_LIFE_S)
        lowered_at, self._loss_when_lowered = self._loss_when_lowered, None
        self._in_vain = self._in_vain + 1 if lowered_at is not None and loss >= FUTILE * lowered_at else 0
        if self._in_vain >= FUTILE_TIMES:
            self._inherent = max(self._inherent, loss)
        if loss <= HIGH_LOSS + self._inherent:
            return False
        self._loss_when_lowered = loss
        return True


class LossyLine:
    """Whether the line is far and loses so much that more packets a picture make things worse, however wide it is.

    A far line counts as lossy until its loss is known to be small: what a wrong guess sends is not mended within
    seconds.
    """

    def __init__(self) -> None:
        self._since_s: float | None = None
        self._is_known = False
        self._is_lossy = False

    @property
    def ceiling_bps(self) -> int | None:
        """What a picture should take at most; None = as much as the line carries."""
        return LOSSY_CEILING_BPS if self._is_lossy else None

    def follow(self, loss: float | None, rtt_s: float | None, congested: bool, now_s: float) -> None:
        """The smoothed loss (0..1), the round trip and whether a queue may be to blame, as they are now."""
        far = rtt_s is not None and rtt_s >= LOSSY_RTT_S
        if not far or loss is None:
            self._is_lossy = far and not self._is_known
            return
        if not self._is_known:
            self._is_known = self._is_lossy = True
        if loss < (LOSSY_UNTIL if self._is_lossy else LOSSY_FROM) or (congested and not self._is_lossy):
            self._since_s, self._is_lossy = None, False
            return
        self._since_s = now_s if self._since_s is None else min(self._since_s, now_s)
        self._is_lossy = self._is_lossy or now_s - self._since_s >= LOSSY_S


class LossWindow:
    """Counts packets of one path. `smoothed` is for people, 0..1."""

    def __init__(self) -> None:
        self.smoothed: float | None = None
        self._rule = LossRule()
        self._arrived = 0
        self._lost = 0
        self._since_s: float | None = None

    def count(self, arrived: int, lost: int) -> None:
        """Packets that feedback told of; `lost` is negative for those that arrived after all."""
        self._arrived += arrived
        self._lost = max(0, self._lost + lost)

    def judge(self, now_s: float) -> float | None:
        """The loss that is too much (0..1), once for each window; None = nothing to do."""
        if self._since_s is None or now_s < self._since_s:
            self._since_s = now_s
        elapsed_s = now_s - self._since_s
        total = self._arrived + self._lost
        if elapsed_s < WINDOW_S or (total < WINDOW_PACKETS and elapsed_s < WINDOW_MAX_S) or total < MIN_PACKETS:
            return None
        loss = self._lost / total
        self._arrived = self._lost = 0
        self._since_s = now_s
        share = elapsed_s / (elapsed_s + SMOOTHING_S)
        self.smoothed = loss if self.smoothed is None else self.smoothed + share * (loss - self.smoothed)
        return loss if self._rule.is_too_much(loss, elapsed_s) else None
