"""The rounds of the picture: on each line all senders in turn against one receiver in a window, in a seeded order."""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

import psutil
from playwright.async_api import Error as PageError
from playwright.async_api import async_playwright

from bench.browsers import tab, x_server
from bench.conditions import QUICK_WARM_UP_S, Condition
from bench.line import bench_line
from bench.measure import CpuMeter, Run
from bench.peers import NAMES, missing
from bench.picture import Stage, one_run
from bench.report import Painting
from bench.sender import our_process
from bench.source import GRAINS, write_textures
from hardware_sim.line.ends import LineError

log = logging.getLogger(__name__)

ORDER_SEED = 7
COMPARED = ("ours", "Chromium")  # the others are measured once: they do not change from day to day
FOUR = 4


@dataclass(frozen=True)
class Plan:
    """How often, and whether it is only a look."""

    rounds: int = 2
    quick: bool = False

    def of(self, condition: Condition) -> Condition:
        """That line, as long as this plan looks at it."""
        if not self.quick:
            return condition
        return replace(condition, seconds=condition.quick_s, warm_up_s=min(condition.warm_up_s, QUICK_WARM_UP_S))


@asynccontextmanager
async def staged(skipped: list[str], *, with_line: bool) -> AsyncIterator[Stage]:
    """Screen, browsers and line; why there is no line goes into `skipped`."""
    with TemporaryDirectory(prefix="av1-bench-") as folder, x_server() as display:
        files = Path(folder)
        write_textures(files)
        async with async_playwright() as playwright, AsyncExitStack() as stack:
            line = None
            if with_line:
                try:
                    line = await stack.enter_async_context(bench_line())
                except LineError as error:
                    skipped.append(f"everything on a bad line: {error}")
            yield Stage(playwright.chromium, files, display, line)


async def run_rounds(
    stage: Stage, plan: Plan, conditions: Sequence[Condition], senders: Sequence[str], skipped: list[str]
) -> list[Run]:
    """All rounds on all these lines. A sender or line that cannot run here is named in `skipped`."""
    order = random.Random(ORDER_SEED)
    able = [name for name in senders if not _note(missing(name), skipped)]
    runs: list[Run] = []
    for condition in map(plan.of, conditions):
        if condition.wish is not None and stage.line is None:
            continue
        for number in range(plan.rounds):
            names = [name for name in NAMES if name in able and (number == 0 or name in COMPARED)]
            order.shuffle(names)
            for name in names:
                try:
                    run = await one_run(stage, name, condition, condition.seconds)
                except (RuntimeError, PageError) as error:
                    _note(f"{name} on the line {condition.title}, round {number + 1}: {error}", skipped)
                    continue
                log.info("%s, round %d: %s", condition.title, number + 1, run)
                runs.append(run)
    return runs


async def run_four(stage: Stage, plan: Plan, condition: Condition, senders: Sequence[str]) -> list[Run]:
    """Four viewers at once, for the load of the sender alone."""
    condition = plan.of(condition)
    return [
        await one_run(stage, name, condition, condition.seconds, viewers=FOUR) for name in COMPARED if name in senders
    ]


def _note(sentence: str, skipped: list[str]) -> bool:
    if sentence:
        skipped.append(sentence)
    return bool(sentence)


async def measure_painting(stage: Stage, seconds: float) -> Painting:
    """Both sources without anybody who takes the pictures."""
    async with our_process("--paint-only") as process:
        assert process.stdout is not None
        await process.stdout.readline()
        root = psutil.Process(process.pid)
        ours = await _cpu(CpuMeter(lambda: [root]), seconds)
        process.kill()
    async with tab(stage.chromium, "sender", stage.files) as browser:
        await browser.page.evaluate("count => prepare(count)", GRAINS)
        await browser.page.evaluate("run()")
        await asyncio.sleep(1.0)
        theirs = await _cpu(CpuMeter(browser.processes), seconds)
    return Painting(round(ours, 2), round(theirs, 2))


async def _cpu(meter: CpuMeter, seconds: float) -> float:
    await asyncio.sleep(seconds)
    return meter.percent(seconds)
