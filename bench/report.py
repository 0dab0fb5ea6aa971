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

from bench.browsers import CHROMIUM
from bench.figures import Row
from bench.measure import Run

QUIET_SHARE = 0.3  # of the cores; above it the figures are somebody else's, too
RESULTS = Path(__file__).parent / "results"
HEAD = (
    "1280×720, 30 fps",
    "ours",
    "Chromium → Chromium",
    "ratio",
    "GStreamer",
    "aiortc as shipped",
    "must reach",
    "reached",
)


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
        "load": " ".join(f"{load:.1f}" for load in os.getloadavg()),
        "kernel": platform.release(),
        "python": platform.python_version(),
        "aiortc": version("aiortc"),
        "av": version("av"),
        "opencv": version("opencv-python-headless"),
        "chromium": chromium.stdout.strip().removeprefix("Chromium ").split(" ")[0],
    }


def table(rows: Sequence[Row], where: dict[str, str], how: str, skipped: Sequence[str] = ()) -> str:
    """Markdown."""
    lines = [
        f"| {' | '.join(HEAD)} |",
        "|---" * len(HEAD) + "|",
        *(f"| {' | '.join(_cells(row))} |" for row in rows),
        "",
        f"{how} {busy(where)}Machine: {where['cpu']}, {where['cores']} cores (load at the start {where['load']}), "
        f"Linux {where['kernel']}, Python {where['python']}, aiortc {where['aiortc']}, PyAV {where['av']}, OpenCV "
        f"{where['opencv']}, Chromium {where['chromium']}.",
    ]
    if skipped:
        lines += ["", *(f"Not measured: {sentence}." for sentence in skipped)]
    return "\n".join(lines)


def busy(where: dict[str, str]) -> str:
    """A warning where others were at work on the machine before the bench began; empty otherwise."""
    load, cores = float(where["load"].split()[0]), int(where["cores"])
    if load <= QUIET_SHARE * cores:
        return ""
    return f"The machine was busy before it began (load {load:g} on {cores} cores): believe the ratios at most. "


def _cells(row: Row) -> tuple[str, ...]:
    """In HEAD's order."""
    compared = (row.figure, row.ours, row.chromium, row.ratio)
    return (*compared, row.gstreamer, row.aiortc, row.target, _bold(row.reached))


def _bold(reached: str) -> str:
    return f"**{reached}**" if reached == "no" else reached


def save(
    rows: Sequence[Row], runs: Sequence[Run], others: dict[str, object], where: dict[str, str], skipped: Sequence[str]
) -> Path:
    """Everything measured, as JSON in `bench/results/`."""
    RESULTS.mkdir(exist_ok=True)
    path = RESULTS / f"bench-{time.strftime('%Y%m%d-%H%M%S')}.json"
    document = {
        "machine": where,
        "rows": [asdict(row) for row in rows],
        "runs": [asdict(run) for run in runs],
        "skipped": list(skipped),
        **others,
    }
    path.write_text(json.dumps(document, indent=1, ensure_ascii=False), encoding="utf-8")
    return path
