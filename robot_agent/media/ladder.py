"""What of the picture a line carries: pure rules. Sharpness goes before frame rate, picture before sound.

Down is quick, up is slow and slower after each failure, so that a line at the edge of two steps stays on the lower one.
The quantiser says whether the picture is worth its size: bits per pixel do not, they depend on what the camera sees.
Time is an argument, in monotonic seconds.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from protocol.state import PictureStep

SETTLE_S = 1.5  # a new encoder pays for its key frame first, and so does the target; its quantiser is not the scene yet
QP_MEMORY_S = 0.5  # of the average; a door that opens is no reason to fall
COARSE_QP, COARSE_S = 38.0, 1.0  # faces begin to break up into blocks
AWFUL_QP, AWFUL_S = 45.0, 0.4  # nothing can be read
CLEAR_QP, CLEAR_S = 33.0, 4.0  # as it would be after the climb; far enough below COARSE_QP for another scene
QP_PER_OCTAVE = 4.5  # what twice the pixels cost at the same rate; 6 in theory, less where neighbours are alike
FALL_S = 0.4  # a target that fell once and is back at the next report was no fall
STILLS_AFTER_S = 3.0  # an outage of a moment must not take the moving picture
PLENTY_S = 0.8  # two or three reports that agree
STRAINED_S = 8.0  # stills that still choke the line; longer than the queue of any hop
WISER = 1.3  # so much more than what was too little may be enough
EASIER_QP = 3.0  # so much finer than before the climb that failed, and it is another scene
TRIED_S = 15.0  # a climb that did not last so long was a mistake
FORGIVE_S = 60.0
MOST_PATIENCE = 16  # times the usual wait before a climb: about a minute
SILENCE_S = 1.0  # a camera that stood still tells nothing of the time between
MEASURED_S = 5.0  # until then the start is no reduction


@dataclass(frozen=True, slots=True)
class Rung:
    """One step: at most `lines` high, `fps` (None: as the camera gives them), 0 lines for no picture.

    Targets in bit/s: below `leave_bps` the step is left, a climb to it needs `enter_bps` and a fine quantiser, and with
    `plenty_bps` no proof. More than `most_bps` would not be seen (None: the setting's ceiling).
    """

    step: PictureStep
    lines: int
    fps: float | None
    leave_bps: int
    enter_bps: int
    plenty_bps: int
    most_bps: int | None

    @property
    def moving(self) -> bool:
        """Whether it is a picture that moves."""
        return self.step not in (PictureStep.STILLS, PictureStep.SOUND_ONLY)


MOVING_BPS = 100_000  # with less, 180 lines at 20 frames are blocks that move; a still says more
RUNGS = (
    Rung(PictureStep.P720, 720, None, 400_000, 700_000, 1_400_000, None),
    Rung(PictureStep.P540, 540, None, 250_000, 400_000, 800_000, 2_200_000),
    Rung(PictureStep.P360, 360, None, 120_000, 180_000, 300_000, 1_200_000),
    Rung(PictureStep.P180, 180, None, MOVING_BPS, 130_000, 200_000, 400_000),
    Rung(PictureStep.P180_20, 180, 20.0, MOVING_BPS, 130_000, 160_000, 300_000),
    Rung(PictureStep.STILLS, 360, 1.0, 40_000, 50_000, 60_000, 120_000),
    Rung(PictureStep.SOUND_ONLY, 0, None, 0, 0, 0, 0),
)
BY_STEP = {rung.step: rung for rung in RUNGS}


def rungs_for(camera_lines: int) -> tuple[Rung, ...]:
    """The steps that differ for a camera of so many lines: the first is what it gives, at most 720 lines."""
    top = min(RUNGS[0].lines, camera_lines)
    share = (top / RUNGS[0].lines) ** 2
    first = replace(
        RUNGS[0],
        lines=top,
        leave_bps=max(MOVING_BPS, int(RUNGS[0].leave_bps * share)),
        enter_bps=max(130_000, int(RUNGS[0].enter_bps * share)),
        plenty_bps=max(200_000, int(RUNGS[0].plenty_bps * share)),
    )
    return (first, *(rung for rung in RUNGS[1:] if rung.lines < top or not rung.moving or rung.fps is not None))


class _Since:
    """How long a condition has held without a break."""

    def __init__(self) -> None:
        self._start_s: float | None = None

    def held(self, holds: bool, now_s: float) -> float:
        """Seconds until now; 0 when it does not hold."""
        if not holds:
            self._start_s = None
            return 0.0
        if self._start_s is None:
            self._start_s = now_s
        return now_s - self._start_s


class Ladder:
    """One viewer's step. Fed with every frame; cheap."""

    def __init__(self, target_bps: int, now_s: float, rungs: tuple[Rung, ...] = RUNGS) -> None:
        self._rungs = rungs
        self._at = next(index for index, rung in enumerate(rungs) if rung.enter_bps <= target_bps)
        self._born_s = self._changed_s = self._told_s = now_s
        self._climbed_s = self._fell_s = float("-inf")
        self._patience = 1
        self._qp: float | None = None
        self._has_fallen = False
        self._climb_qp: float | None = None  # of the step below, when the newest climb began
        self._too_rich: dict[PictureStep, float] = {}  # the same of a climb that failed
        self._too_little: dict[PictureStep, int] = {}  # what a step was coarse with: no plenty for this scene
        self._forget()

    @property
    def rung(self) -> Rung:
        """Where it stands."""
        return self._rungs[self._at]

    def announced(self, now_s: float) -> PictureStep | None:
        """What is told to people; None while the line is still measured, for a careful start is no reduction."""
        known = self._has_fallen or self._at == 0 or now_s - self._born_s >= MEASURED_S
        return self.rung.step if known else None

    def update(self, now_s: float, target_bps: int, qp: float | None = None, strained: bool = False) -> bool:
        """Whether the step changed. `qp` is of the newest frame of this step, None when unknown or none was sent.

        `strained`: more is on the line than it carries, although the target is as low as it gets.
        """
        self._learn(now_s, qp)
        at = self._fall(now_s, target_bps, strained)
        if at is None:
            at = self._climb(now_s, target_bps, strained)
        if at is None:
            return False
        self._move(at, now_s)
        return True

    def _learn(self, now_s: float, qp: float | None) -> None:
        elapsed_s, self._told_s = max(0.0, now_s - self._told_s), now_s
        if elapsed_s > SILENCE_S:
            self._forget()
        if now_s - self._fell_s >= FORGIVE_S and self._patience > 1:
            self._patience //= 2
            self._fell_s = now_s
        if qp is None or now_s - self._changed_s < SETTLE_S:
            return
        if self._qp is None:
            self._qp = qp
        else:
            self._qp += (qp - self._qp) * (1.0 - math.exp(-elapsed_s / QP_MEMORY_S))

    def _fall(self, now_s: float, target_bps: int, strained: bool) -> int | None:
        low_s = self._low.held(target_bps < self.rung.leave_bps, now_s)
        qp = self._qp if self._qp is not None else 0.0
        coarse_s = self._coarse.held(qp > COARSE_QP, now_s)
        awful_s = self._awful.held(qp > AWFUL_QP, now_s)
        strained_s = self._strain.held(strained and self.rung.step is PictureStep.STILLS, now_s)
        if low_s >= FALL_S:
            fits = next(index for index, rung in enumerate(self._rungs) if rung.leave_bps <= target_bps)
            if self._rungs[fits].moving or not self.rung.moving:
                return fits
            if self._at < self._last_moving:
                return self._last_moving
            return fits if low_s >= STILLS_AFTER_S else None
        if (coarse_s >= COARSE_S or awful_s >= AWFUL_S) and self._at < self._last_moving:
            self._too_little[self.rung.step] = target_bps
            if now_s - self._climbed_s < TRIED_S and self._climb_qp is not None:
                self._too_rich[self.rung.step] = self._climb_qp
            return self._at + 1
        return self._at + 1 if strained_s >= STRAINED_S else None

    def _climb(self, now_s: float, target_bps: int, strained: bool) -> int | None:
        above = self._rungs[: self._at]
        plenty = next((index for index, rung in enumerate(above) if target_bps >= self._plenty_bps(rung)), None)
        plenty_s = self._plenty.held(plenty is not None and not strained, now_s)
        clear = bool(above) and target_bps >= above[-1].enter_bps and self._is_clear(above[-1], target_bps)
        clear_s = self._clear.held(clear and not strained, now_s)
        silent = self.rung.step is PictureStep.SOUND_ONLY
        if plenty is not None and plenty_s >= (STRAINED_S if silent else PLENTY_S) * self._patience:
            return plenty
        return self._at - 1 if clear_s >= (STRAINED_S if silent else CLEAR_S) * self._patience else None

    def _is_clear(self, higher: Rung, target_bps: int) -> bool:
        """Whether the quantiser would be fine on the higher step; from stills nothing is known of that."""
        if not self.rung.moving:
            return True
        octaves = 2.0 * math.log2(higher.lines / self.rung.lines) if higher.lines > self.rung.lines else 0.6
        most_qp = CLEAR_QP - QP_PER_OCTAVE * octaves
        if target_bps < WISER * self._too_little.get(higher.step, 0):
            most_qp = min(most_qp, self._too_rich.get(higher.step, math.inf) - EASIER_QP)
        return self._qp is not None and self._qp <= most_qp

    def _plenty_bps(self, rung: Rung) -> float:
        return max(rung.plenty_bps, WISER * self._too_little.get(rung.step, 0))

    @property
    def _last_moving(self) -> int:
        return max(index for index, rung in enumerate(self._rungs) if rung.moving)

    def _move(self, at: int, now_s: float) -> None:
        if at < self._at:
            self._climbed_s, self._climb_qp = now_s, self._qp
        else:
            if now_s - self._climbed_s < TRIED_S:
                self._patience = min(2 * self._patience, MOST_PATIENCE)
            self._fell_s = now_s
            self._has_fallen = True
        self._at, self._changed_s = at, now_s
        self._forget()

    def _forget(self) -> None:
        self._qp = None
        self._low, self._coarse, self._awful, self._strain = _Since(), _Since(), _Since(), _Since()
        self._plenty, self._clear = _Since(), _Since()
