"""`python -m bench`: our media path beside others' in one run, one table, and JSON in `bench/results/`.

Lines are made by `av1-sim line` and need root; what cannot run here is named under the table. A figure that was not
reached is printed as it is. Rows: {rows}.
"""

from __future__ import annotations

import argparse
import asyncio
import logging
import signal
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict, replace
from functools import partial

from playwright.async_api import Error as PageError

from bench import camera_path, echo, head, page, robots, text, touch
from bench.conditions import CONDITIONS
from bench.figures import Limit, Row, alone, limited, media_rows
from bench.measure import Run
from bench.peers import NAMES
from bench.report import Painting, machine, save, table
from bench.rounds import FOUR, Plan, measure_painting, run_four, run_rounds, staged
from bench.sound import SOUND_ROWS, sound_rows
from bench.source import BITRATE_BPS, CEILING_BPS, HEIGHT, WIDTH
from bench.thin import THIN_ROWS, thin_rows
from bench.touch_line import TOUCH_LINE_ROWS, touch_line_rows

CAMERA_S = 10.0
QUICK_CAMERA_S = 4.0
PAINTING_S = 10.0
ON_A_LINE = ("sound-loss", *THIN_ROWS, *TOUCH_LINE_ROWS)
ROWS = (
    *(condition.key for condition in CONDITIONS),
    "viewers",
    *SOUND_ROWS,
    *THIN_ROWS,
    *TOUCH_LINE_ROWS,
    *("echo", "head", "touch", "text", "page", "camera", "robots"),
)
log = logging.getLogger("bench")


def other_rows(only: set[str], skipped: list[str], *, quick: bool) -> list[Row]:
    """Figures without a counterpart, each from a module of its own; what did not come to be goes into `skipped`."""
    rows = list[Row]()
    measured: dict[str, Callable[[], list[Row]]] = {
        "echo": echo.rows,
        "head": partial(head.rows, quick=quick),
        "touch": partial(touch.rows, quick=quick),
        "text": partial(text.rows, quick=quick),
        "page": partial(page.rows, quick=quick),
        "robots": partial(robots.rows, quick=quick),
    }
    for name, measure in measured.items():
        try:
            rows += measure() if name in only else []
        except (RuntimeError, TimeoutError, PageError) as error:
            skipped.append(f"{name}: {error or 'it took too long'}")
    if "camera" in only:
        camera = camera_path.measure(QUICK_CAMERA_S if quick else CAMERA_S)
        rows.append(alone("camera path: JPEG's arrival to encoder's input, p50, ms", camera.p50, Limit(most=8)))
        rows.append(alone("camera path, p95, ms", camera.p95))
    return rows


async def staged_rows(
    only: set[str], plan: Plan, senders: list[str], skipped: list[str]
) -> tuple[list[Row], list[Run], Painting | None]:
    """Everything with a browser in a window."""
    wanted = [condition for condition in CONDITIONS if condition.key in only]
    with_line = any(condition.wish is not None for condition in wanted) or not only.isdisjoint(ON_A_LINE)
    async with staged(skipped, with_line=with_line) as stage:
        runs = await run_rounds(stage, plan, wanted, senders, skipped)
        rows, painting = media_rows(runs), None
        if "clean" in only:
            painting = await measure_painting(stage, PAINTING_S)
            rows += load_rows(runs, painting)
        if "viewers" in only:
            four = await run_four(stage, plan, CONDITIONS[0], senders)
            rows += viewer_rows(runs, four, painting)
            runs += four
        rows += await sound_rows(stage, plan, only, senders)
        if "ours" in senders:
            rows += await thin_rows(stage, plan, only, skipped)
            rows += await touch_line_rows(stage, plan, only, skipped)
    return rows, runs, painting


def _cpu(runs: list[Run], sender: str) -> float:
    found = sorted(run.cpu for run in runs if (run.sender, run.condition) == (sender, "clean"))
    return found[len(found) // 2] if found else float("nan")


def load_rows(runs: list[Run], painting: Painting) -> list[Row]:
    """What sending costs without the painting of the source."""
    ours, theirs = _cpu(runs, "ours") - painting.ours, _cpu(runs, "Chromium") - painting.chromium
    return [
        limited("clean: painting alone, % of a core", painting.ours, painting.chromium, Limit()),
        limited("clean: sending alone (the difference)", ours, theirs, Limit(ratio=0.6)),
    ]


def viewer_rows(one: list[Run], four: list[Run], painting: Painting | None) -> list[Row]:
    """Four viewers beside one; both without painting."""
    paint = painting or Painting(0.0, 0.0)
    ours, theirs = _cpu(four, "ours") - paint.ours, _cpu(four, "Chromium") - paint.chromium
    times = ours / (_cpu(one, "ours") - paint.ours)
    looked_at = next((run for run in four if run.sender == "ours"), None)
    encodes_s, fps, load = (looked_at.encodes_s, looked_at.fps, looked_at.load) if looked_at else 3 * (float("nan"),)
    return [
        limited(f"clean, {FOUR} viewers: sending alone, % of a core", ours, theirs, Limit()),
        alone(f"clean, {FOUR} viewers: times our one", times, Limit(most=1.3)),
        alone(f"clean, {FOUR} viewers: pictures encoded a second, all sizes", encodes_s),
        alone(f"clean, {FOUR} viewers: frames a second at the first of them", fps),
        alone(f"clean, {FOUR} viewers: load of this machine, their browser included", load),
    ]


def main() -> int:
    words = (__doc__ or "").format(rows=", ".join(ROWS))
    parser = argparse.ArgumentParser(prog="bench", description=words, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--only", action="append", choices=ROWS, metavar="ROW", help="this row only (repeatable)")
    parser.add_argument("--sender", action="append", choices=NAMES, help="this sender only (repeatable)")
    parser.add_argument("--quick", action="store_true", help="one short round: a look, not a result")
    parser.add_argument("--rounds", type=int, help="how many rounds of ours and Chromium (2)")
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # so that everything is put away then, too
    logging.basicConfig(level=logging.INFO, format="%(message)s", stream=sys.stderr)
    plan = Plan(options.rounds or (1 if options.quick else 2), options.quick)
    only, where, skipped = asked_for(options.only or ROWS), machine(), list[str]()
    senders = options.sender or list(NAMES)
    rows, runs, painting = asyncio.run(staged_rows(only, plan, senders, skipped))
    rows += other_rows(only, skipped, quick=options.quick)
    if "ours" not in senders:
        rows = [replace(row, reached="") for row in rows]
    print(table(rows, where, how(plan), skipped))
    others: dict[str, object] = {"painting_cpu": asdict(painting)} if painting else {}
    log.info("saved as %s", save(rows, runs, others, where, skipped))
    return 0


def asked_for(rows: Sequence[str]) -> set[str]:
    """Those rows, and what they are compared with."""
    return {*rows, *(["clean"] if "viewers" in rows else [])}


def how(plan: Plan) -> str:
    """What a reader must know to believe the table."""
    look = "A quick look, not a result. " if plan.quick else ""
    return (
        f"{look}Medians of {plan.rounds} alternating rounds; GStreamer and aiortc once. Both "
        f"show {WIDTH}×{HEIGHT} with grain; on the clean line (loopback) they may send {BITRATE_BPS / 1e6:g} Mbit/s, "
        f"sound beside it, and Chromium keeps the size; on the others each finds rate and size by itself, up to "
        f"{CEILING_BPS / 1e6:g} Mbit/s, and GStreamer has no rate control. The stamp is painted where a frame enters "
        "the sender, the glass is the X framebuffer. CPU is of the sender's whole process tree; painting is measured "
        "in a run of its own and subtracted. Sound is timed without sound cards."
    )


if __name__ == "__main__":
    sys.exit(main())
