"""Touch to bus: from a finger on the patient's page to the changed goal on the servo bus, in the whole running demo.

The finger is a touch that Chromium gets by its debugging protocol; the page notes the event's own time stamp. The
simulator notes when a packet with a changed goal had come over its (simulated, 1 Mbaud) wire. Both on one clock.
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import aiohttp
import numpy as np
from playwright.async_api import CDPSession, Page, async_playwright

from bench.browsers import CHROMIUM

TOUCHES = 60
QUICK_TOUCHES = 15
STILL_S = 1.6  # ten degrees and the watchdog, so that every touch starts from a head that stands still
SETTLE_S = 4.0  # the first seconds of a session are not what people feel
LISTEN = """window.touches = [];
window.addEventListener('pointerdown', (event) => touches.push(performance.timeOrigin + event.timeStamp), true);"""
FLAGS = (
    "--no-sandbox",
    "--use-fake-ui-for-media-stream",
    "--use-fake-device-for-media-stream",
)


@dataclass(frozen=True)
class Touch:
    """Milliseconds from touch to bus, over `count` touches."""

    p50: float
    p95: float
    count: int


def measure(touches: int) -> Touch:
    """Starts the demo, joins with a real browser, touches the arrows. Raises RuntimeError if the head does not move."""
    delays = asyncio.run(_measure(touches))
    if len(delays) < touches * 0.9:
        raise RuntimeError(f"only {len(delays)} of {touches} touches moved the head")
    p50, p95 = (float(value) for value in np.percentile(delays, [50, 95]))
    return Touch(round(p50, 1), round(p95, 1), len(delays))


async def _measure(touches: int) -> list[float]:
    async with _demo() as where, async_playwright() as playwright, aiohttp.ClientSession() as http:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=[*FLAGS])
        context = await browser.new_context(
            viewport={"width": 1180, "height": 820}, has_touch=True, permissions=["microphone"]
        )
        page = await context.new_page()
        await page.add_init_script(LISTEN)
        await page.goto(where["patient"] + "?lang=en")
        await page.get_by_role("button", name="Join", exact=True).click()
        await page.locator("video").wait_for()
        await asyncio.sleep(SETTLE_S)
        try:
            return await _touch_arrows(page, await context.new_cdp_session(page), http, where["simulator"], touches)
        finally:
            await browser.close()


async def _touch_arrows(
    page: Page, devtools: CDPSession, http: aiohttp.ClientSession, simulator: str, touches: int
) -> list[float]:
    arrows = [page.get_by_role("button", name=name, exact=True) for name in ("Look right", "Look left")]
    points = []
    for arrow in arrows:
        box = await arrow.bounding_box()
        assert box is not None
        points.append({"x": box["x"] + box["width"] / 2, "y": box["y"] + box["height"] / 2})
    delays = []
    for number in range(touches):
        await devtools.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": [points[number % 2]]})
        await devtools.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
        await asyncio.sleep(STILL_S)
        touched_ms: float = await page.evaluate("touches.at(-1)")
        async with http.get(f"{simulator}/api/goals") as answer:
            later = [goal["at_ms"] for goal in await answer.json() if goal["at_ms"] > touched_ms]
        if later:
            delays.append(later[0] - touched_ms)
    return delays


@asynccontextmanager
async def _demo() -> AsyncIterator[dict[str, Any]]:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "hardware_sim.demo.cli", "--json", "--port", "0", "--simulator-port", "0"),
        stdout=asyncio.subprocess.PIPE,
    )
    try:
        assert process.stdout is not None
        yield json.loads(await process.stdout.readline())
    finally:
        process.terminate()
        await process.wait()
