"""What is read off a thin line's notes: how old pictures are, holes in the sound, what a sharp picture costs. Pure."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

from bench.measure import FREEZE_MS, latencies_ms, percentiles

Shown = Sequence[float | None]
"""[page's clock when drawn, stamp or None, ...], clocks in 100 us."""
NAN = math.nan


@dataclass(frozen=True)
class Stills:
    """Of the rescue path. Ages in ms, from the camera to the screen; `longest_s` without a new one."""

    per_s: float
    age_p50: float
    age_p95: float
    longest_s: float
    unread: int
    """Stills whose stamp could not be read: they are not in the ages."""


@dataclass(frozen=True)
class Holes:
    """Where the page had nothing to play: how many, how long the longest, and the share of the time. In ms."""

    count: int
    longest_ms: float
    share: float
    held_ms: float
    """How long before its time a packet was there, the median."""


@dataclass(frozen=True)
class Live:
    """The moving picture over some time; `concealed` is the share of the room's sound that was made up."""

    fps: float
    p50: float
    p95: float
    freezes: int
    longest_ms: float
    concealed: float


def stills_of(shown: Sequence[Shown], began_100us: float, ended_100us: float, offset_100us: float) -> Stills:
    """Between those times of the page's clock. Without a still nothing but the rate is a number."""
    inside = [one for one in shown if began_100us <= _at(one) <= ended_100us]
    read = _read(inside)
    seconds = (ended_100us - began_100us) / 10_000
    if not inside or not read:
        return Stills(len(inside) / seconds, NAN, NAN, NAN, len(inside))
    p50, p95 = percentiles(latencies_ms(read, offset_100us))
    times = [began_100us, *(_at(one) for one in inside), ended_100us]
    longest_s = max(later - earlier for earlier, later in pairwise(times)) / 10_000
    return Stills(round(len(inside) / seconds, 2), round(p50), round(p95), round(longest_s, 2), len(inside) - len(read))


def holes_of(placed: Sequence[Sequence[float]], least_ms: float = 10.0) -> Holes:
    """Of packets placed at [when, how long, now], ms of the clock that plays; a pause under `least_ms` is none."""
    if len(placed) < 2:
        return Holes(0, NAN, NAN, NAN)
    ordered = sorted(placed, key=lambda packet: packet[0])
    pauses = [later[0] - earlier[0] - earlier[1] for earlier, later in pairwise(ordered)]
    heard = [pause for pause in pauses if pause >= least_ms]
    span_ms = ordered[-1][0] + ordered[-1][1] - ordered[0][0]
    held_ms = median(at - now for at, _, now in placed)
    return Holes(len(heard), round(max(heard, default=0.0)), round(sum(heard) / span_ms, 4), round(held_ms))


def live_of(
    shown: Sequence[Shown],
    began_100us: float,
    ended_100us: float,
    offset_100us: float,
    sound: tuple[Sequence[float], Sequence[float]],
) -> Live:
    """Between those times; `sound` are the browser's counts (all, made up) at both. Gaps count to the end."""
    inside = [one for one in shown if began_100us <= _at(one) <= ended_100us]
    gaps = [(later - earlier) / 10 for earlier, later in pairwise([*(_at(one) for one in inside), ended_100us])]
    p50, p95 = percentiles(latencies_ms(_read(inside), offset_100us))
    samples, concealed = (after - before for before, after in zip(*sound, strict=True))
    return Live(
        fps=round(len(inside) / ((ended_100us - began_100us) / 10_000), 1),
        p50=round(p50, 1),
        p95=round(p95, 1),
        freezes=sum(gap > FREEZE_MS for gap in gaps),
        longest_ms=round(max(gaps, default=NAN)),
        concealed=round(concealed / samples, 4) if samples else NAN,
    )


def _read(shown: Sequence[Shown]) -> list[tuple[float, float]]:
    """(taken, drawn) of those whose stamp could be read."""
    return [(taken, at) for at, taken, *_ in shown if taken is not None and at is not None]


def _at(shown: Shown) -> float:
    assert shown[0] is not None
    return shown[0]
