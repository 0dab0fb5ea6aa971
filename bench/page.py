"""The patient's page on a slow tablet: Chromium with a quarter of the processor, the whole demo on loopback.

Each round is a browser context of its own, so that nothing is in a cache. First paint is the browser's own figure
(Paint Timing). The first picture is timed from the tap on *Join* to the first frame that the page's video shows. Tap to
pan is timed from the finger's lifting, by the event's own time stamp, to the beginning of the frame after the one in
which the picture was moved by at least a pixel: by then the moved one is on its way to the screen. Beside it stands
the browser's own figure (Event Timing), in steps of 8 ms: from the same time stamp until the next frame was presented.
"""

from __future__ import annotations

import asyncio
import gzip
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import median

import numpy as np
from playwright.async_api import Browser, CDPSession, Response, async_playwright

from bench.browsers import CHROMIUM
from bench.figures import Limit, Row, alone
from bench.touch import FLAGS, SETTLE_S, TAP_MS, Heard, running_demo

ROUNDS = 5
QUICK_ROUNDS = 2
TAPS = 20
SLOWER = 4  # a tablet of some years beside the machine that this runs on
BETWEEN_TAPS_S = 1.5  # the head has caught up, and the picture stands
SPOTS = ((450.0, 350.0), (730.0, 350.0))
WEIGHED = ("script", "stylesheet", "fetch")
LISTEN = """(() => {
    window.benchPage = {button: null, tap: null, picture: null, pans: [], painted: []};
    const shown = () => {
        if (document.querySelector('button.big')) benchPage.button = performance.now();
        else requestAnimationFrame(shown);
    };
    requestAnimationFrame(shown);
    const seen = () => {
        const video = document.querySelector('video');
        if (!video || video.videoWidth <= 2) return requestAnimationFrame(seen);
        video.requestVideoFrameCallback((now, frame) => {
            benchPage.picture = frame.expectedDisplayTime;
            document.documentElement.dataset.benchPicture = "here";
        });
    };
    addEventListener('click', (event) => {
        if (benchPage.tap !== null) return;
        benchPage.tap = event.timeStamp;
        seen();
    }, true);
    addEventListener('pointerup', (event) => {
        const video = document.querySelector('video');
        if (!video || !event.target.closest('.stage')) return;
        const where = () => new DOMMatrix(video.style.transform);
        const before = where();
        const moves = new MutationObserver(() => {
            const now = where();
            if (Math.hypot(now.e - before.e, now.f - before.f) < 1) return;
            moves.disconnect();
            requestAnimationFrame((after) => benchPage.pans.push(after - event.timeStamp));
        });
        moves.observe(video, {attributeFilter: ['style']});
    }, true);
    new PerformanceObserver((list) => {
        for (const entry of list.getEntries())
            if (entry.name === 'pointerup' && entry.target?.closest('.stage')) benchPage.painted.push(entry.duration);
    }).observe({type: 'event', durationThreshold: 16});
})()"""


@dataclass(frozen=True)
class Visit:
    """One visit: times in ms, what was fetched before the tap in bytes as gzip makes them."""

    paint_ms: float
    button_ms: float
    picture_ms: float
    pans_ms: tuple[float, ...]
    painted_ms: tuple[float, ...]
    weight: int


def rows(*, quick: bool) -> list[Row]:
    """Raises RuntimeError when a tap moved nothing, playwright's Error when the room does not open."""
    return visit_rows(asyncio.run(_measure(QUICK_ROUNDS if quick else ROUNDS)))


def visit_rows(visits: Sequence[Visit]) -> list[Row]:
    """Raises RuntimeError where more than a tenth of the taps moved nothing."""
    pans = [pan for visit in visits for pan in visit.pans_ms]
    if len(pans) < len(visits) * TAPS * 0.9:
        raise RuntimeError(f"only {len(pans)} of {len(visits) * TAPS} taps moved the picture")
    p50, p95 = (float(value) for value in np.percentile(pans, [50, 95]))
    painted = float(np.percentile([of for visit in visits for of in visit.painted_ms], 95))
    weight_kb = max(visit.weight for visit in visits) / 1000
    title = f"page, {SLOWER} × slower"
    return [
        alone(f"{title}: first paint, ms", median(visit.paint_ms for visit in visits), Limit(most=1000)),
        alone(f"{title}: until «Bli med» is there, ms", median(visit.button_ms for visit in visits)),
        alone(f"{title}: tap to first picture, ms", median(visit.picture_ms for visit in visits), Limit(most=1500)),
        alone(f"{title}: tap to pan on screen, p50, ms", p50),
        alone(f"{title}: tap to pan on screen, p95, ms", p95, Limit(most=50)),
        alone(f"{title}: tap to the next frame presented (Event Timing), p95, ms", painted),
        alone("page: script, style and words before the tap, kB gz", weight_kb, Limit(most=60)),
    ]


async def _measure(rounds: int) -> list[Visit]:
    async with running_demo(Heard()) as ready, async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=[*FLAGS])
        try:
            return [await _visit(browser, ready.patient + "?lang=en") for _ in range(rounds)]
        finally:
            await browser.close()


async def _visit(browser: Browser, link: str) -> Visit:
    context = await browser.new_context(
        viewport={"width": 1180, "height": 820}, has_touch=True, permissions=["microphone"]
    )
    try:
        page, answers = await context.new_page(), list[Response]()
        page.on("response", _into(answers))
        await page.add_init_script(LISTEN)
        devtools = await context.new_cdp_session(page)
        await devtools.send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})
        await page.goto(link)
        join = page.get_by_role("button", name="Join", exact=True)
        await join.wait_for()
        await page.wait_for_load_state("networkidle")
        weight = await _weight(answers)
        await join.tap()
        await page.locator("html[data-bench-picture]").wait_for(state="attached")
        await asyncio.sleep(SETTLE_S)
        for number in range(TAPS):
            await _tap(devtools, *SPOTS[number % 2])
            await asyncio.sleep(BETWEEN_TAPS_S)
        found = await page.evaluate("benchPage")
        paint = await page.evaluate("performance.getEntriesByName('first-contentful-paint')[0].startTime")
        await page.get_by_role("button", name="Leave", exact=True).tap()
        pans, painted = tuple(found["pans"]), tuple(found["painted"])
        return Visit(paint, found["button"], found["picture"] - found["tap"], pans, painted, weight)
    finally:
        await context.close()


def _into(answers: list[Response]) -> Callable[[Response], None]:
    """Playwright writes on what it is given, which a list's own method does not let it."""

    def take(answer: Response) -> None:
        answers.append(answer)

    return take


async def _weight(answers: Sequence[Response]) -> int:
    assets = [one for one in answers if "/static/" in one.url and one.request.resource_type in WEIGHED]
    return sum([len(gzip.compress(await one.body())) for one in assets])


async def _tap(devtools: CDPSession, x: float, y: float) -> None:
    how = {"duration": TAP_MS, "tapCount": 1, "gestureSourceType": "touch"}
    await devtools.send("Input.synthesizeTapGesture", {"x": x, "y": y, **how})
