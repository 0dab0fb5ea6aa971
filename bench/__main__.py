"""`python -m bench [--quick]`: our media path beside Chromium's own, one table, and JSON in `bench/results/`."""

from __future__ import annotations

import argparse
import asyncio
import logging
import sys

from bench import camera_path, touch
from bench.report import Row, machine, media_rows, save, table
from bench.rounds import QUICK, Plan, run_rounds
from bench.source import BITRATE_BPS, HEIGHT, WIDTH

CAMERA_S = 10.0
QUICK_CAMERA_S = 4.0


def other_rows(quick: bool) -> list[Row]:
    """Figures without a counterpart in Chromium, each from a module of its own."""
    camera = camera_path.measure(QUICK_CAMERA_S if quick else CAMERA_S)
    finger = touch.measure(touch.QUICK_TOUCHES if quick else touch.TOUCHES)
    return [
        Row("touch to bus, whole demo running, p50, ms", f"{finger.p50}"),
        Row("touch to bus, p95, ms", f"{finger.p95}", target="≤ 40"),
        Row("camera path: JPEG's arrival to encoder's input, p50, ms", f"{camera.p50}", target="≤ 8"),
        Row("camera path, p95, ms", f"{camera.p95}"),
    ]


def main() -> int:
    parser = argparse.ArgumentParser(prog="bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="one short round: a look, not a result")
    parser.add_argument("--rounds", type=int, help="how many rounds of each sender")
    options = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(message)s", stream=sys.stderr)
    plan = QUICK if options.quick else Plan()
    if options.rounds:
        plan = Plan(options.rounds, plan.warm_up_s, plan.seconds)
    rows = other_rows(options.quick)
    runs, painting = asyncio.run(run_rounds(plan))
    rows = media_rows(runs, painting) + rows
    how = (
        f"Medians of {plan.rounds} alternating rounds of {plan.seconds:g} s after {plan.warm_up_s:g} s of warm-up; "
        f"both keep {WIDTH}×{HEIGHT} and may send {BITRATE_BPS / 1e6:g} Mbit/s (ours steadily, Chromium as its rate "
        "control finds it); the stamp is painted where a frame enters the sender, the glass is the X framebuffer. "
        "CPU is of the sender's whole process tree; painting is measured in a run of its own and subtracted."
    )
    where = machine()
    print(table(rows, where, how))
    log = logging.getLogger("bench")
    log.info("saved as %s", save(rows, runs, painting, where))
    return 0


if __name__ == "__main__":
    sys.exit(main())
