"""The table and the JSON of one bench."""

from __future__ import annotations

import json
import os
import platform
import subprocess
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path
from statistics import median

from bench.browsers import CHROMIUM
from bench.measure import Run

RESULTS = Path(__file__).parent / "results"
LATENCIES = ("glass_p50", "glass_p95", "callback_p50", "callback_p95")


@dataclass(frozen=True)
class Row:
    """One line of the table; an empty column was not measured or has no meaning."""

    figure: str
    ours: str
    chromium: str = ""
    ratio: str = ""
    target: str = ""


@dataclass(frozen=True)
class Painting:
    """What painting the source alone costs each side, per cent of a core."""

    ours: float
    chromium: float


def machine() -> dict[str, str]:
    """What the figures were measured on."""
    models = [
        line.split(":", 1)[1].strip()
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
        if line.startswith("model name")
    ]
    chromium = subprocess.run([CHROMIUM, "--version"], capture_output=True, text=True, check=False)
    return {
        "cpu": models[0] if models else platform.machine(),
        "cores": str(os.cpu_count()),
        "kernel": platform.release(),
        "python": platform.python_version(),
        "aiortc": version("aiortc"),
        "av": version("av"),
        "opencv": version("opencv-python-headless"),
        "chromium": chromium.stdout.strip().removeprefix("Chromium ").split(" ")[0],
    }


def media_rows(runs: Sequence[Run], painting: Painting) -> list[Row]:
    """Medians over the rounds, side by side."""
    ours = [run for run in runs if run.sender == "ours"]
    theirs = [run for run in runs if run.sender == "Chromium"]

    def pair(name: str) -> tuple[float, float]:
        return median(getattr(run, name) for run in ours), median(getattr(run, name) for run in theirs)

    rows = []
    labels = ("at the glass, p50", "at the glass, p95", "at the frame callback, p50", "at the frame callback, p95")
    for name, label in zip(LATENCIES, labels, strict=True):
        rows.append(_row(f"latency {label}, ms", *pair(name), "≤ 1.2"))
    rows.append(_row("frames a second", *pair("fps"), ""))
    totals = tuple(sum(run.freezes for run in side) for side in (ours, theirs))
    rows.append(Row("freezes > 200 ms, all rounds", str(totals[0]), str(totals[1])))
    rows.append(_row("sender CPU, % of a core, painting included", *pair("cpu"), "≤ 1.0"))
    rows.append(_row("… painting alone", painting.ours, painting.chromium, ""))
    ours_cpu, their_cpu = pair("cpu")
    net = (ours_cpu - painting.ours, their_cpu - painting.chromium)
    rows.append(_row("… sending alone (the difference)", *net, "≤ 1.0"))
    rows.append(_row("bitrate, kbit/s", *pair("kbps"), ""))
    shown = [f"{side[-1].codec.removeprefix('video/')} {side[-1].width} px" for side in (ours, theirs)]
    rows.append(Row("codec and width shown", *shown))
    return rows


def _row(figure: str, ours: float, theirs: float, target: str) -> Row:
    ratio = f"{ours / theirs:.2f}" if theirs > 0 else ""
    return Row(figure, f"{ours:.1f}", f"{theirs:.1f}", ratio, target)


def table(rows: Sequence[Row], where: dict[str, str], how: str) -> str:
    """Markdown."""
    lines = [
        "| 1280×720, 30 fps, loopback | ours | Chromium → Chromium | ratio | expected |",
        "|---|---|---|---|---|",
        *(f"| {row.figure} | {row.ours} | {row.chromium} | {row.ratio} | {row.target} |" for row in rows),
        "",
        f"{how} Machine: {where['cpu']}, {where['cores']} cores, Linux {where['kernel']}, "
        f"Python {where['python']}, aiortc {where['aiortc']}, PyAV {where['av']}, OpenCV {where['opencv']}, "
        f"Chromium {where['chromium']}.",
    ]
    return "\n".join(lines)


def save(rows: Sequence[Row], runs: Sequence[Run], painting: Painting, where: dict[str, str]) -> Path:
    """Everything measured, as JSON in `bench/results/`."""
    RESULTS.mkdir(exist_ok=True)
    path = RESULTS / f"bench-{time.strftime('%Y%m%d-%H%M%S')}.json"
    document = {
        "machine": where,
        "rows": [asdict(row) for row in rows],
        "runs": [asdict(run) for run in runs],
        "painting_cpu": asdict(painting),
    }
    path.write_text(json.dumps(document, indent=1, ensure_ascii=False), encoding="utf-8")
    return path
