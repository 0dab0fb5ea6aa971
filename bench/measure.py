"""One run of one sender against the receiver: latency twice (callback and glass), fps, freezes, CPU."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import numpy as np
import psutil

FREEZE_MS = 200.0
SMOOTH_S = 1.0
ROUGH_MS = 100.0  # three frames: seen as a jerk
SPAN = 2**40  # the stamp's clock wraps


@dataclass(frozen=True)
class Run:
    """What one run measured. Latencies in ms, CPU in per cent of one core, painting included.

    `first_frame_s` counts from the answer at the receiver; `frozen_s` is all gaps over FREEZE_MS, whole, from the first
    frame on; `freezes` counts them after the warm-up; both up to the end of the measurement, and NaN without a frame.
    `back_s` and `smooth_s`: see `recovery_s`. `receiver` is the browser's own count since the connection, `load` the
    machine's in the minute before the end. `encodes_s` is pictures encoded a second, of every size together: as many as
    are shown when all viewers get the same ones.
    """

    sender: str
    glass_p50: float
    glass_p95: float
    callback_p50: float
    callback_p95: float
    fps: float
    freezes: float
    width: int
    cpu: float
    kbps: float
    codec: str
    poll_ms: float
    condition: str = "clean"
    first_frame_s: float = float("nan")
    frozen_s: float = float("nan")
    back_s: float = float("nan")
    smooth_s: float = float("nan")
    viewers: int = 1
    receiver: dict[str, int] = field(default_factory=dict)
    load: float = 0.0
    encodes_s: float = float("nan")


class CpuMeter:
    """CPU time of a set of processes between two calls; processes that came in between count whole."""

    def __init__(self, processes: Callable[[], Sequence[psutil.Process]]) -> None:
        self._processes = processes
        self._before = self._read()

    def percent(self, seconds: float) -> float:
        """Per cent of one core since the start, given how long that was."""
        after = self._read()
        return 100 * sum(spent - self._before.get(pid, 0.0) for pid, spent in after.items()) / seconds

    def _read(self) -> dict[int, float]:
        spent: dict[int, float] = {}
        for process in self._processes():
            try:
                times = process.cpu_times()
            except psutil.NoSuchProcess:
                continue
            spent[process.pid] = times.user + times.system
        return spent


def latencies_ms(pairs: Sequence[tuple[float, float]], offset_100us: float) -> np.ndarray[Any, Any]:
    """Differences of (stamped, seen), both in 100 us modulo 2**40; `offset_100us` is taken from what was seen."""
    if not pairs:
        return np.array([np.nan])
    stamped, seen = np.array(pairs, np.float64).T
    return np.asarray(((seen - offset_100us - stamped + SPAN / 2) % SPAN - SPAN / 2) / 10)


def percentiles(values: np.ndarray[Any, Any]) -> tuple[float, float]:
    """p50 and p95."""
    return float(np.percentile(values, 50)), float(np.percentile(values, 95))


def freezes(shown_100us: Sequence[float], end_100us: float) -> float:
    """How many times the next picture took longer than FREEZE_MS; one that never came counts until the end.

    NaN when there was no picture at all: nothing that moves cannot freeze, and that is no merit.
    """
    return float((_gaps_ms(shown_100us, end_100us) > FREEZE_MS).sum()) if len(shown_100us) else float("nan")


def frozen_s(shown_100us: Sequence[float], end_100us: float) -> float:
    """How long the picture stood still in all: the sum of the gaps over FREEZE_MS, each counted whole, the last one
    until the end. NaN when there was no picture at all.
    """
    if not len(shown_100us):
        return float("nan")
    gaps_ms = _gaps_ms(shown_100us, end_100us)
    return float(gaps_ms[gaps_ms > FREEZE_MS].sum()) / 1000


def _gaps_ms(shown_100us: Sequence[float], end_100us: float) -> np.ndarray[Any, Any]:
    return np.asarray(np.diff(np.array([*shown_100us, end_100us], np.float64)) / 10)


def recovery_s(shown_100us: Sequence[float], back_100us: float) -> tuple[float, float]:
    """After an outage that ended at `back_100us`: until the first frame, and until SMOOTH_S without a gap over ROUGH_MS
    began. NaN when none came; a picture that is smooth at once has the same value twice.
    """
    after = [(at - back_100us) / 10_000 for at in shown_100us if at > back_100us]
    if not after:
        return float("nan"), float("nan")
    breaks = [number for number, (start, end) in enumerate(pairwise(after)) if (end - start) * 1000 > ROUGH_MS]
    stretches = zip([0, *(number + 1 for number in breaks)], [*breaks, len(after) - 1], strict=True)
    smooth = [after[first] for first, last in stretches if after[last] - after[first] >= SMOOTH_S]
    return after[0], smooth[0] if smooth else float("nan")


async def glass(display: str, seconds: float) -> dict[str, Any]:
    """`bench.glass` in its own process. Raises RuntimeError with its words."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bench.glass", "--display", display, "--seconds", str(seconds),
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    out, err = await process.communicate()
    if process.returncode != 0:
        raise RuntimeError(f"bench.glass failed: {err.decode().strip().splitlines()[-1:]}")
    answer: dict[str, Any] = json.loads(out)
    return answer
