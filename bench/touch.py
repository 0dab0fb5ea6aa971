"""Touch to bus: from a finger on the patient's page to the changed goal on the servo bus, in the whole running demo.

The finger is a touch that Chromium puts in where those of a touch screen come in, and stamps there: that is where the
time begins. The debugging protocol's plain `Input.dispatchTouchEvent` will not do: it stamps a touch and then holds it
back until the page has drawn a frame, which no finger has to wait for. The page notes the event's own time stamp, when
it gets the event, and when the first set-point after it is handed to the browser. The simulator notes when a packet
with a changed goal came off its wire. The page's clock is compared with ours.
"""

from __future__ import annotations

import asyncio
import logging
import math
import re
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import aiohttp
import numpy as np
from playwright.async_api import CDPSession, Page, async_playwright

from bench.browsers import CHROMIUM
from bench.figures import Limit, Row, alone
from hardware_sim.demo.stage import Ready, Stage, Wishes

log = logging.getLogger(__name__)

TOUCHES = 60
QUICK_TOUCHES = 15
STILL_S = 1.3  # ten degrees and the watchdog, so that every touch starts from a head that stands still
TAP_MS = 80  # a finger's; at once, lifting it would be work for the same two cores in the very milliseconds that count
SETTLE_S = 4.0  # the first seconds of a session are not what people feel
CLOCK_TRIES = 30
NAN = math.nan
FLAGS = (
    "--no-sandbox",
    "--use-fake-ui-for-media-stream",
    "--use-fake-device-for-media-stream",
)
LISTEN = """(() => {
    window.benchTouches = [];
    window.benchSends = [];
    const now = () => performance.timeOrigin + performance.now();
    const send = RTCDataChannel.prototype.send;
    addEventListener('pointerdown', (event) => {
        benchTouches.push([performance.timeOrigin + event.timeStamp, now()]);
    }, true);
    RTCDataChannel.prototype.send = function (data) {
        if (typeof data === 'string' && data.includes('set_point')) benchSends.push(now());
        return send.call(this, data);
    };
})()"""
LAST = """(() => {
    const [touched, came] = benchTouches.at(-1);
    return [touched, came, benchSends.find((at) => at >= came) ?? null];
})()"""
CLOCK = "performance.timeOrigin + performance.now()"
TICKS = re.compile(r"ticks on this line: .* late by ([\d.]+) ms \(p50\), ([\d.]+) ms \(p99\)")
PARTS = {
    "browser": "of it until the page has the touch",
    "page": "of it in the page until the set-point leaves it",
    "road": "of it from there to the bus",
}

Goals = Callable[[], Awaitable[list[dict[str, float]]]]
"""The simulator's last changes of the goals, oldest first."""


@dataclass(frozen=True)
class Parts:
    """One touch, in ms: until the page has it, until the set-point leaves the page, and from there to the bus."""

    browser: float
    page: float
    road: float

    @property
    def whole(self) -> float:
        """From the finger to the bus."""
        return self.browser + self.page + self.road


@dataclass(frozen=True)
class Ticks:
    """How late the robot's ticks were meanwhile, by its own log, in ms."""

    p50: float = NAN
    p99: float = NAN


def rows(*, quick: bool) -> list[Row]:
    """With the picture running, and with the camera pulled out. Raises RuntimeError if the head does not move."""
    touches = QUICK_TOUCHES if quick else TOUCHES
    video, without, ticks = asyncio.run(_measure(touches))
    return [
        *whole_rows("touch to bus, whole demo running", video, touches, Limit(most=15)),
        *part_rows("touch to bus, whole demo running", video),
        *whole_rows("touch to bus, camera pulled out", without, touches, Limit(most=15)),
        *part_rows("touch to bus, camera pulled out", without),
        alone("head's ticks in the whole demo: late by, p50, ms", ticks.p50),
        alone("head's ticks in the whole demo: late by, p99, ms", ticks.p99, Limit(most=5)),
    ]


def whole_rows(title: str, parts: Sequence[Parts], wanted: int, p95: Limit, p99: Limit | None = None) -> list[Row]:
    """Raises RuntimeError where more than a tenth of the touches moved nothing."""
    if len(parts) < wanted * 0.9:
        raise RuntimeError(f"only {len(parts)} of {wanted} touches moved the head")
    p = _percentiles([part.whole for part in parts])
    found = [alone(f"{title}: p50, ms", p[0]), alone(f"{title}: p95, ms", p[1], p95)]
    return found if p99 is None else [*found, alone(f"{title}: p99, ms", p[2], p99)]


def part_rows(title: str, parts: Sequence[Parts]) -> list[Row]:
    """Where the time goes."""
    found = []
    for name, words in PARTS.items():
        p50, p95, _ = _percentiles([getattr(part, name) for part in parts])
        found += [alone(f"{title}, {words}: p50, ms", p50), alone(f"{title}, {words}: p95, ms", p95)]
    return found


def parts_of(
    touched_ms: float, came_ms: float, sent_ms: float | None, goals: Sequence[dict[str, float]]
) -> Parts | None:
    """Of times on one clock; None where the touch moved nothing."""
    later = [goal["at_ms"] for goal in goals if goal["at_ms"] > touched_ms]
    if sent_ms is None or not later:
        return None
    return Parts(came_ms - touched_ms, sent_ms - came_ms, later[0] - sent_ms)


def ticks_of(lines: Sequence[str]) -> Ticks:
    """The last word of the robot's log on its head's ticks."""
    found = [match for line in lines if (match := TICKS.search(line))]
    return Ticks(float(found[-1][1]), float(found[-1][2])) if found else Ticks()


def _percentiles(values: Sequence[float]) -> tuple[float, float, float]:
    p50, p95, p99 = (round(float(value), 1) for value in np.percentile(values, [50, 95, 99]))
    return p50, p95, p99


async def _measure(touches: int) -> tuple[list[Parts], list[Parts], Ticks]:
    heard = Heard()
    async with running_demo(heard) as ready, async_playwright() as playwright, aiohttp.ClientSession() as http:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=[*FLAGS])
        try:
            context = await browser.new_context(
                viewport={"width": 1180, "height": 820}, has_touch=True, permissions=["microphone"]
            )
            page = await context.new_page()
            await page.goto(ready.patient + "?lang=en")
            await page.get_by_role("button", name="Join", exact=True).click()
            await page.locator("video").wait_for()

            async def goals() -> list[dict[str, float]]:
                async with http.get(f"{ready.simulator}/api/goals") as answer:
                    found: list[dict[str, float]] = await answer.json()
                    return found

            finger = Finger(page, await context.new_cdp_session(page), goals)
            await asyncio.sleep(SETTLE_S)
            await finger.begin()
            video = await finger.touch_arrows(touches)
            async with http.post(f"{ready.simulator}/api/body", json={"camera": "gone"}) as answer:
                answer.raise_for_status()
            await asyncio.sleep(SETTLE_S)
            without = await finger.touch_arrows(touches)
        finally:
            await browser.close()
    return video, without, ticks_of(heard.lines)


class Finger:
    """Touches the arrows of one patient's page, and knows when the goals on the bus changed."""

    def __init__(self, page: Page, devtools: CDPSession, goals: Goals) -> None:
        self._page = page
        self._devtools = devtools
        self._goals = goals
        self._ahead_ms = 0.0
        self._points: list[dict[str, float]] = []

    async def begin(self) -> None:
        """Once, when the room is there."""
        await self._page.evaluate(LISTEN)
        self._ahead_ms = await _ahead_ms(self._page)
        for name in ("Look right", "Look left"):
            box = await self._page.get_by_role("button", name=name, exact=True).bounding_box()
            assert box is not None
            self._points.append({"x": box["x"] + box["width"] / 2, "y": box["y"] + box["height"] / 2})

    async def touch_arrows(self, touches: int) -> list[Parts]:
        """Right and left in turn; what moved nothing is left out."""
        found = []
        for number in range(touches):
            await self._tap(self._points[number % 2])
            await asyncio.sleep(STILL_S)
            touched, came, sent = await self._page.evaluate(LAST)
            ahead = self._ahead_ms
            left = None if sent is None else sent - ahead
            found.append(parts_of(touched - ahead, came - ahead, left, await self._goals()))
        return [parts for parts in found if parts is not None]

    async def _tap(self, point: dict[str, float]) -> None:
        how = {"duration": TAP_MS, "tapCount": 1, "gestureSourceType": "touch"}
        await self._devtools.send("Input.synthesizeTapGesture", {**point, **how})


async def _ahead_ms(page: Page) -> float:
    """How far the page's clock is ahead of ours, from the quickest of several round trips."""
    best = (math.inf, 0.0)
    for _ in range(CLOCK_TRIES):
        before = time.time() * 1000
        theirs: float = await page.evaluate(CLOCK)
        after = time.time() * 1000
        best = min(best, (after - before, theirs - (before + after) / 2))
    return best[1]


class Heard(logging.Handler):
    """What the demo's programs write to their logs."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(record.getMessage())


@asynccontextmanager
async def running_demo(heard: logging.Handler) -> AsyncIterator[Ready]:
    """On loopback, on any free ports; its log goes to `heard` alone."""
    words = logging.getLogger("hardware_sim.demo.stage")
    words.addHandler(heard)
    words.propagate = False
    with TemporaryDirectory(prefix="av1-bench-") as folder:
        stage = Stage(Wishes("127.0.0.1", 0, 0), Path(folder), log.info)
        try:
            yield await stage.enter()
        finally:
            await stage.leave()
            words.removeHandler(heard)
            words.propagate = True
