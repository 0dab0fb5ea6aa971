"""Memory of the patient's page over a long stay in one session: `python -m bench.heap --minutes 30`.

The whole demo runs; a person is in the room with picture and sound and does something every few seconds: turns the
head, raises the hand, opens and closes *More*, writes. The heap is what is left of the page's script after a collection
of garbage; nodes and listeners of the document are counted too. Prints what there was after the first sixth and at the
end. What of it the page itself holds (objects, texts, numbers, functions) and what the browser has compiled of its code
is told apart by two snapshots of the heap: a browser compiles what runs often, piece by piece, for the first hour.
"""

from __future__ import annotations

import argparse
import asyncio
import functools
import itertools
import json
import logging
import re
import signal
import sys
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from playwright.async_api import CDPSession, Page, async_playwright

from bench.browsers import CHROMIUM
from bench.figures import Limit
from bench.memory import SETTLE_SHARE, Sample, growth
from bench.report import RESULTS, machine
from bench.touch import FLAGS, Heard, running_demo
from protocol.text import MAX_LINES

log = logging.getLogger("bench.heap")

SAMPLE_S = 10.0  # a collection of garbage takes longer than a frame: more often it would be what is measured
DEED_S = 3.0
LINE_S = 0.3  # a page may not say more at once
SHORTEST_MIN = 2  # else there is no sample where the beginning is compared with the end
GROWTH = Limit(most=5.0)
MIB = 2**20


@dataclass(frozen=True)
class Look:
    """Seconds since the start, the script's heap in MiB, and what the document holds."""

    at_s: float
    mib: float
    nodes: int
    listeners: int


@dataclass(frozen=True)
class Held:
    """MiB of the script's heap: what the page made, and what the browser compiled and keeps about the code."""

    page: float
    code: float


@dataclass(frozen=True)
class Stay:
    """What one stay in the room gave; `held` early and at the end."""

    looks: Sequence[Look]
    held: tuple[Held, Held]
    deeds: int


def held(snapshot: str) -> Held:
    """From a snapshot in the format of the browser's tools. What belongs to the document is not the script's heap."""
    told = json.loads(snapshot)
    meta, cells = told["snapshot"]["meta"], told["nodes"]
    width, kind = len(meta["node_fields"]), meta["node_fields"].index("type")
    size, kinds = meta["node_fields"].index("self_size"), meta["node_types"][kind]
    sums = Counter[str]()
    for of, bytes_ in zip(cells[kind::width], cells[size::width], strict=True):
        sums[kinds[of]] += bytes_
    code = sums.pop("code", 0)
    return Held((sums.total() - sums["native"] - sums["synthetic"]) / MIB, code / MIB)


def report(stay: Stay, minutes: float, where: dict[str, str]) -> None:
    """Prints the growth and saves every sample. Raises ValueError when the run was too short to compare."""
    RESULTS.mkdir(exist_ok=True)
    path = RESULTS / f"heap-{time.strftime('%Y%m%d-%H%M%S')}.json"
    samples = [[look.at_s, look.mib, look.nodes, look.listeners] for look in stay.looks]
    parts = [[one.page, one.code] for one in stay.held]
    saved = {"machine": where, "deeds": stay.deeds, "samples": samples, "page_and_code_mib": parts}
    path.write_text(json.dumps(saved), encoding="utf-8")
    log.info("saved as %s", path)
    print(words(stay, minutes), flush=True)


def words(stay: Stay, minutes: float) -> str:
    """The result in sentences. Raises ValueError when the run was too short to compare."""
    looks, (early, late) = stay.looks, stay.held
    percent = round(100 * (late.page - early.page) / early.page, 1)
    heap = growth([Sample(look.at_s, look.mib, 1) for look in looks])
    nodes = growth([Sample(look.at_s, float(look.nodes), 1) for look in looks])
    listeners = growth([Sample(look.at_s, float(look.listeners), 1) for look in looks])
    return (
        f"Heap of the patient's page over {minutes:g} min with {stay.deeds} deeds: {heap.settled} MiB settled, "
        f"{heap.last} MiB at the end, {heap.percent:+} %. What the page itself holds: {early.page:.2f} and "
        f"{late.page:.2f} MiB, {percent:+} %; must be {GROWTH.words()} %: reached: "
        f"{GROWTH.reached(percent, float('nan'))}. Compiled code: {early.code:.2f} and {late.code:.2f} MiB. "
        f"Nodes {nodes.settled:g} and {nodes.last:g}, listeners {listeners.settled:g} and {listeners.last:g}."
    )


async def measure(seconds: float, keep: Callable[[Stay], None]) -> None:
    """One stay in the room. `keep` gets all samples before anything is put away. Raises playwright's Error when the
    page cannot do what a person does."""
    async with running_demo(Heard()) as ready, async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=[*FLAGS])
        try:
            context = await browser.new_context(
                viewport={"width": 1180, "height": 820}, has_touch=True, permissions=["microphone"]
            )
            page = await context.new_page()
            await page.goto(ready.patient + "?lang=en")
            await _press(page, "Join")
            await page.locator("video").wait_for()
            await _press(page, "Raise hand")
            await _press(page, "Lower hand")
            await _write_much(page)
            keep(await _stay(page, await context.new_cdp_session(page), seconds))
        finally:
            await browser.close()


async def _stay(page: Page, devtools: CDPSession, seconds: float) -> Stay:
    start_s, looks, early = time.monotonic(), list[Look](), None
    for deeds, deed in enumerate(itertools.cycle(DEEDS)):
        at_s = time.monotonic() - start_s
        if at_s >= len(looks) * SAMPLE_S:
            looks.append(await _look(devtools, at_s))
            if len(looks) % 30 == 1:
                log.info("%4.0f of %.0f s: %.2f MiB", at_s, seconds, looks[-1].mib)
        if early is None and at_s >= seconds * SETTLE_SHARE:
            early = held(await _snapshot(devtools))
        if early is not None and at_s >= seconds:
            return Stay(looks, (early, held(await _snapshot(devtools))), deeds)
        await deed(page)
        await asyncio.sleep(DEED_S)
    raise AssertionError("a cycle has no end")


async def _look(devtools: CDPSession, at_s: float) -> Look:
    await devtools.send("HeapProfiler.collectGarbage")
    heap = await devtools.send("Runtime.getHeapUsage")
    held = await devtools.send("Memory.getDOMCounters")
    return Look(round(at_s, 1), round(heap["usedSize"] / MIB, 3), held["nodes"], held["jsEventListeners"])


async def _snapshot(devtools: CDPSession) -> str:
    parts = list[str]()

    def take(told: dict[str, str]) -> None:
        parts.append(told["chunk"])

    devtools.on("HeapProfiler.addHeapSnapshotChunk", take)
    await devtools.send("HeapProfiler.collectGarbage")
    await devtools.send("HeapProfiler.takeHeapSnapshot")  # every part is told before it is answered
    devtools.remove_listener("HeapProfiler.addHeapSnapshotChunk", take)
    return "".join(parts)


async def _press(page: Page, name: str) -> None:
    await page.get_by_role("button", name=re.compile(f"^{re.escape(name)}$")).tap()


async def _look_about(page: Page) -> None:
    await _press(page, "Look right")
    await asyncio.sleep(1)
    await _press(page, "Look left")


async def _tap_a_spot(page: Page) -> None:
    for x in (450, 730):
        await page.touchscreen.tap(x, 350)
        await asyncio.sleep(1)


async def _raise_and_lower(page: Page) -> None:
    await _press(page, "Raise hand")
    await _press(page, "Lower hand")


async def _open_more(page: Page) -> None:
    await _press(page, "More")
    await page.locator(".sheet").wait_for()
    await page.keyboard.press("Escape")


async def _look_at_numbers(page: Page) -> None:
    await page.locator("#quality").tap()
    await page.locator(".numbers-list").wait_for()
    await page.keyboard.press("Escape")


async def _mute_and_back(page: Page) -> None:
    for _ in range(2):
        await page.get_by_role("button", name=re.compile("^Microphone")).tap()
        await asyncio.sleep(0.5)


async def _write_much(page: Page) -> None:
    """What has been written stays in sight, up to a number of lines: as long as it fills, it is no leak that grows."""
    await _press(page, "More")
    await _press(page, "In writing")
    for number in range(MAX_LINES + 5):
        await page.get_by_label("What would you like to say?").fill(f"A line for the course leader, number {number}.")
        await _press(page, "Only to the course leader")
        await asyncio.sleep(LINE_S)
    await page.keyboard.press("Escape")


async def _say(page: Page) -> None:
    await page.get_by_label("What would you like to say?").fill("I would like to say something.")
    await _press(page, "Say it")


DEEDS = (_look_about, _raise_and_lower, _tap_a_spot, _open_more, _look_about, _look_at_numbers, _mute_and_back, _say)


def main() -> int:
    parser = argparse.ArgumentParser(prog="bench.heap", description=__doc__)
    parser.add_argument("--minutes", type=float, default=30.0, help="at least 2 (30)")
    options = parser.parse_args()
    if options.minutes < SHORTEST_MIN:
        parser.error(f"--minutes {options.minutes:g} is too short to compare anything; at least {SHORTEST_MIN}")
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # so that everything is put away then, too
    logging.basicConfig(level=logging.INFO, format="%(message)s", stream=sys.stderr)
    asyncio.run(measure(options.minutes * 60, functools.partial(report, minutes=options.minutes, where=machine())))
    return 0


if __name__ == "__main__":
    sys.exit(main())
