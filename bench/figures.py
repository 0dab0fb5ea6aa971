"""What is read off the runs, line by line of the table, and what each must reach (as data)."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from bench.conditions import CONDITIONS
from bench.measure import Run

TITLES = {condition.key: condition.title for condition in CONDITIONS}


@dataclass(frozen=True)
class Limit:
    """What ours must reach; every bound that is given must hold. `ratio` is of Chromium's figure in the same run."""

    most: float = math.inf
    least: float = -math.inf
    ratio: float = math.inf
    no_worse: bool = False
    """Not more than Chromium's."""

    def words(self) -> str:
        """As the table says it."""
        parts = [f"≤ {self.most:g}"] if self.most < math.inf else []
        parts += [f"≥ {self.least:g}"] if self.least > -math.inf else []
        parts += [f"≤ {self.ratio:g} ×"] if self.ratio < math.inf else []
        parts += ["≤ Chromium's"] if self.no_worse else []
        return ", ".join(parts)

    def reached(self, ours: float, theirs: float) -> str:
        """`yes`, `no`, or nothing where nothing was asked for or a figure to compare with is missing."""
        if self == Limit():
            return ""
        if math.isnan(ours):
            return "no"
        checks = [ours <= self.most, ours >= self.least]
        if self.ratio < math.inf or self.no_worse:
            if math.isnan(theirs):
                return "no" if not all(checks) else "not compared"
            checks.append(ours <= self.ratio * theirs if self.ratio < math.inf else ours <= theirs)
        return "yes" if all(checks) else "no"


@dataclass(frozen=True)
class Figure:
    """One attribute of `Run` on one line; `total` adds up the rounds instead of taking their median."""

    condition: str
    label: str
    of: str
    limit: Limit = Limit()
    total: bool = False


@dataclass(frozen=True)
class Row:
    """One line of the table; an empty column was not measured or has no meaning."""

    figure: str
    ours: str
    chromium: str = ""
    ratio: str = ""
    target: str = ""
    gstreamer: str = ""
    aiortc: str = ""
    reached: str = ""


def _impaired(key: str, p50: Limit, p95: Limit, fps: Limit, freezes: Limit) -> list[Figure]:
    return [
        Figure(key, "at the glass, p50, ms", "glass_p50", p50),
        Figure(key, "at the glass, p95, ms", "glass_p95", p95),
        Figure(key, "frames a second", "fps", fps),
        Figure(key, "freezes > 200 ms after the warm-up, all rounds", "freezes", freezes, total=True),
        Figure(key, "width shown, px", "width"),
        Figure(key, "bitrate, kbit/s", "kbps"),
    ]


FIGURES: tuple[Figure, ...] = (
    Figure("clean", "at the glass, p50, ms", "glass_p50", Limit(ratio=0.5)),
    Figure("clean", "at the glass, p95, ms", "glass_p95", Limit(ratio=0.5)),
    Figure("clean", "at the frame callback, p50, ms", "callback_p50"),
    Figure("clean", "at the frame callback, p95, ms", "callback_p95"),
    Figure("clean", "frames a second", "fps"),
    Figure("clean", "freezes > 200 ms, all rounds", "freezes", total=True),
    Figure("clean", "bitrate, kbit/s", "kbps"),
    Figure("clean", "width shown, px", "width"),
    Figure("clean", "sender CPU, % of a core, painting included", "cpu"),
    *_impaired("50ms-1%", Limit(ratio=0.5), Limit(ratio=0.5), Limit(), Limit(no_worse=True)),
    *_impaired("30ms-5%", Limit(ratio=0.6), Limit(ratio=0.6), Limit(), Limit(no_worse=True)),
    *_impaired("1M", Limit(ratio=0.6), Limit(), Limit(least=28), Limit(most=0)),
    *_impaired("300k", Limit(ratio=0.7), Limit(ratio=1.0), Limit(least=25), Limit(most=0)),
    Figure("300k", "first frame, s", "first_frame_s", Limit(most=1.5)),
    Figure("240ms", "frozen in all, s", "frozen_s", Limit(most=0.5)),
    Figure("240ms", "at the glass, p50, ms", "glass_p50"),
    Figure("240ms", "frames a second", "fps"),
    Figure("outage", "first new frame after the link is back, s", "back_s", Limit(most=0.5)),
    Figure("outage", "smooth after, s", "smooth_s", Limit(most=1.5)),
)


def media_rows(runs: Sequence[Run]) -> list[Row]:
    """Medians over the rounds, side by side; only lines that something was measured for."""
    return [row for figure in FIGURES if (row := _row(figure, runs)) is not None]


def value(figure: Figure, runs: Sequence[Run], sender: str) -> float:
    """NaN when that sender was not measured, or gave no figure in one of the rounds: what failed is not left out."""
    found = [
        float(getattr(run, figure.of))
        for run in runs
        if (run.sender, run.condition, run.viewers) == (sender, figure.condition, 1)
    ]
    if not found or any(math.isnan(one) for one in found):
        return math.nan
    return sum(found) if figure.total else median(found)


def _row(figure: Figure, runs: Sequence[Run]) -> Row | None:
    senders = {run.sender for run in runs if run.condition == figure.condition}
    if not senders:
        return None
    ours, theirs = value(figure, runs, "ours"), value(figure, runs, "Chromium")
    others = {name: shown(value(figure, runs, name)) if name in senders else "" for name in ("GStreamer", "aiortc")}
    return Row(
        f"{TITLES[figure.condition]}: {figure.label}",
        shown(ours) if "ours" in senders else "",
        shown(theirs) if "Chromium" in senders else "",
        ratio(ours, theirs),
        figure.limit.words(),
        others["GStreamer"],
        others["aiortc"],
        figure.limit.reached(ours, theirs) if "ours" in senders else "",
    )


def limited(figure: str, ours: float, theirs: float, limit: Limit) -> Row:
    """A line of two figures."""
    return Row(
        figure, shown(ours), shown(theirs), ratio(ours, theirs), limit.words(), reached=limit.reached(ours, theirs)
    )


def alone(figure: str, ours: float, limit: Limit = Limit()) -> Row:
    """A line with nothing beside it."""
    return Row(figure, shown(ours), target=limit.words(), reached=limit.reached(ours, math.nan))


def shown(number: float) -> str:
    """A figure with as many decimals as it deserves; a dash for none."""
    if math.isnan(number):
        return "–"
    return f"{number:.2f}".rstrip("0").rstrip(".") if abs(number) < 5 else f"{number:.1f}".removesuffix(".0")


def ratio(ours: float, theirs: float) -> str:
    """Empty where it has no meaning."""
    return f"{ours / theirs:.2f}" if theirs > 0 and not math.isnan(ours) else ""
