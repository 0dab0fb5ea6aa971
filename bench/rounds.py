"""The rounds of the picture: both senders in turn against one receiver in a window, in a seeded order."""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import psutil
from playwright.async_api import BrowserType, Page, async_playwright

from bench.browsers import clock_offset_100us, tab, x_server
from bench.chromium import chromium_sender
from bench.measure import CpuMeter, Run, freezes, glass, latencies_ms, percentiles
from bench.report import Painting
from bench.sender import Sender, our_process, our_sender
from bench.source import GRAINS, write_textures

log = logging.getLogger(__name__)

ORDER_SEED = 7
FIRST_FRAME_TIMEOUT_S = 20.0


@dataclass(frozen=True)
class Plan:
    """How long and how often. The warm-up lets both rate controls find the line."""

    rounds: int = 4
    warm_up_s: float = 15.0
    seconds: float = 15.0


QUICK = Plan(rounds=1, warm_up_s=8.0, seconds=5.0)


async def run_rounds(plan: Plan) -> tuple[list[Run], Painting]:
    """All rounds, and what painting alone costs."""
    order = random.Random(ORDER_SEED)
    runs: list[Run] = []
    with TemporaryDirectory(prefix="av1-bench-") as folder, x_server() as display:
        files = Path(folder)
        write_textures(files)
        async with async_playwright() as playwright:
            chromium = playwright.chromium
            painting = await _measure_painting(chromium, files, plan.seconds)
            for number in range(plan.rounds):
                names = ["ours", "Chromium"]
                order.shuffle(names)
                for name in names:
                    sender = our_sender() if name == "ours" else chromium_sender(chromium, files)
                    run = await _one(sender, chromium, files, display, plan)
                    log.info("round %d: %s", number + 1, run)
                    runs.append(run)
    return runs, painting


async def _one(
    sending: AbstractAsyncContextManager[Sender], chromium: BrowserType, files: Path, display: str, plan: Plan
) -> Run:
    async with tab(chromium, "receiver", files, display) as receiver, sending as sender:
        page = receiver.page
        offset = await clock_offset_100us(page) - sender.clock_100us
        answer = await sender.answer(await page.evaluate("codec => offer(codec)", sender.prefer))
        await page.evaluate("sdp => accept(sdp)", answer)
        await page.wait_for_function("frames.length > 0", timeout=FIRST_FRAME_TIMEOUT_S * 1000)
        await asyncio.sleep(plan.warm_up_s)
        return await _measure(page, sender, offset, display, plan.seconds)


async def _measure(page: Page, sender: Sender, offset: float, display: str, seconds: float) -> Run:
    before = await page.evaluate("received()")
    await page.evaluate("take().length")
    clock = asyncio.get_running_loop().time
    cpu, began_s = CpuMeter(sender.processes), clock()
    seen = await glass(display, seconds)
    elapsed_s = clock() - began_s
    percent = cpu.percent(elapsed_s)
    frames: list[list[float | None]] = await page.evaluate("take()")
    after = await page.evaluate("received()")
    callbacks = [(stamped, at) for at, stamped, _ in frames if stamped is not None and at is not None]
    shown = [(stamped, at) for stamped, at, _ in seen["seen"]]
    glass_p50, glass_p95 = percentiles(latencies_ms(shown, -sender.clock_100us))
    callback_p50, callback_p95 = percentiles(latencies_ms(callbacks, offset))
    return Run(
        sender=sender.name,
        glass_p50=round(glass_p50, 2),
        glass_p95=round(glass_p95, 2),
        callback_p50=round(callback_p50, 2),
        callback_p95=round(callback_p95, 2),
        fps=round(len(frames) / elapsed_s, 2),
        freezes=freezes([at for at, _, _ in frames if at is not None]),
        width=int(frames[-1][2] or 0) if frames else 0,
        cpu=round(percent, 2),
        kbps=round((after["bytes"] - before["bytes"]) * 8 / elapsed_s / 1000, 1),
        codec=after["codec"],
        poll_ms=round(percentiles_of_gaps(seen["seen"]), 2),
    )


def percentiles_of_gaps(seen: Sequence[Sequence[float]]) -> float:
    """The median distance of two looks at the screen, in ms: how coarse the glass figure is."""
    return sorted(gap for _, _, gap in seen)[len(seen) // 2] if seen else float("nan")


async def _measure_painting(chromium: BrowserType, files: Path, seconds: float) -> Painting:
    """Both sources without anybody who takes the pictures."""
    async with our_process("--paint-only") as process:
        assert process.stdout is not None
        await process.stdout.readline()
        root = psutil.Process(process.pid)
        ours = await _cpu(CpuMeter(lambda: [root]), seconds)
        process.kill()
    async with tab(chromium, "sender", files) as browser:
        await browser.page.evaluate("count => prepare(count)", GRAINS)
        await browser.page.evaluate("run()")
        await asyncio.sleep(1.0)
        theirs = await _cpu(CpuMeter(browser.processes), seconds)
    return Painting(round(ours, 2), round(theirs, 2))


async def _cpu(meter: CpuMeter, seconds: float) -> float:
    await asyncio.sleep(seconds)
    return meter.percent(seconds)
