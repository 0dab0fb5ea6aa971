"""Memory of the robot's media over a long time with many changes of session: `python -m bench.memory --minutes 30`.

One viewer with sound both ways; at every change the page is loaded anew, connects, and the session before is closed.
Prints what the sender's process holds (resident set) after the first sixth and at the end, and saves every sample.
"""

from __future__ import annotations

import argparse
import asyncio
import functools
import json
import logging
import signal
import sys
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

import psutil
from playwright.async_api import Page, async_playwright

from bench.browsers import ORIGIN, tab
from bench.figures import Limit
from bench.picture import connect
from bench.report import RESULTS, machine
from bench.room import room_process
from bench.sender import Sender, ask, child_sender, our_process

log = logging.getLogger("bench.memory")

SETTLE_SHARE = 1 / 6  # five minutes of thirty: code, codecs and buffers are all there by then
WINDOW_SHARE = 0.1  # of the run: what is compared is medians, not single samples
SAMPLE_S = 2.0
GROWTH = Limit(most=5.0)
FIRST_FRAME_TIMEOUT_MS = 20_000


@dataclass(frozen=True)
class Sample:
    """Seconds since the start, MiB resident, sessions so far."""

    at_s: float
    mib: float
    sessions: int


@dataclass(frozen=True)
class Growth:
    """MiB after the settling and at the end, and the difference in per cent."""

    settled: float
    last: float
    percent: float


def growth(samples: Sequence[Sample]) -> Growth:
    """Raises ValueError when there are too few samples to compare."""
    span_s = samples[-1].at_s if samples else 0.0
    early = [s.mib for s in samples if SETTLE_SHARE <= s.at_s / span_s <= SETTLE_SHARE + WINDOW_SHARE] if span_s else []
    late = [s.mib for s in samples if s.at_s >= (1 - WINDOW_SHARE) * span_s] if span_s else []
    if not early or not late:
        raise ValueError("too few samples; run longer")
    settled, last = median(early), median(late)
    return Growth(round(settled, 1), round(last, 1), round(100 * (last - settled) / settled, 1))


async def measure(seconds: float, changes: int, keep: Callable[[Sequence[Sample]], None]) -> None:
    """One run, a sample every SAMPLE_S; `keep` gets them before anything is put away, which may take its time."""
    samples: list[Sample] = []
    async with _stage() as (process, page):
        sender, resident = child_sender("ours", process, "video/h264", channels=True), psutil.Process(process.pid)
        start_s, sessions = time.monotonic(), 0
        while (at_s := time.monotonic() - start_s) < seconds:
            if at_s >= sessions * seconds / (changes + 1):
                await _change(page, sender, process, first=sessions == 0)
                sessions += 1
                log.info("%4.0f of %.0f s: session %d of %d", at_s, seconds, sessions, changes + 1)
            samples.append(Sample(round(at_s, 1), round(resident.memory_info().rss / 2**20, 1), sessions))
            await asyncio.sleep(SAMPLE_S)
        keep(samples)


def report(samples: Sequence[Sample], minutes: float, where: dict[str, str]) -> None:
    """Prints the growth and saves every sample."""
    RESULTS.mkdir(exist_ok=True)
    path = RESULTS / f"memory-{time.strftime('%Y%m%d-%H%M%S')}.json"
    document = {"machine": where, "samples": [[s.at_s, s.mib, s.sessions] for s in samples]}
    path.write_text(json.dumps(document), encoding="utf-8")
    log.info("saved as %s", path)
    grown = growth(samples)
    print(
        f"Memory of the sender over {minutes:g} min with {samples[-1].sessions - 1} changes of session: "
        f"{grown.settled} MiB settled, {grown.last} MiB at the end, {grown.percent:+} %; must be {GROWTH.words()} %: "
        f"reached: {GROWTH.reached(grown.percent, float('nan'))}.",
        flush=True,
    )


async def _change(page: Page, sender: Sender, process: asyncio.subprocess.Process, *, first: bool) -> None:
    if not first:
        await page.goto(ORIGIN)
    await connect(page, sender, sound="mouth")
    if not first:
        await ask(process, close=True)
    await page.wait_for_function("frames.length > 0", timeout=FIRST_FRAME_TIMEOUT_MS)


@asynccontextmanager
async def _stage() -> AsyncIterator[tuple[asyncio.subprocess.Process, Page]]:
    with TemporaryDirectory(prefix="av1-bench-") as folder:
        files = Path(folder)
        async with (
            async_playwright() as playwright,
            room_process(files / "room") as room,
            our_process("--room", room.path) as process,
            tab(playwright.chromium, "receiver", files) as receiver,
        ):
            yield process, receiver.page


def main() -> int:
    parser = argparse.ArgumentParser(prog="bench.memory", description=__doc__)
    parser.add_argument("--minutes", type=float, default=30.0)
    parser.add_argument("--changes", type=int, default=50, help="of session, spread evenly (50)")
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # so that everything is put away then, too
    logging.basicConfig(level=logging.INFO, format="%(message)s", stream=sys.stderr)
    where = machine()
    keep = functools.partial(report, minutes=options.minutes, where=where)
    asyncio.run(measure(options.minutes * 60, options.changes, keep))
    return 0


if __name__ == "__main__":
    sys.exit(main())
