"""Real-time text, letter by letter: from the key on one page until the letter stands on the other, both ways, in the
whole demo with picture and sound. The times are those of the browser's own events and mutations, on one clock.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import numpy as np
from playwright.async_api import Page, async_playwright

from bench.browsers import CHROMIUM
from bench.figures import Limit, Row, alone
from bench.touch import FLAGS, Heard, running_demo

LETTERS = 120
QUICK_LETTERS = 40
BETWEEN_KEYS_MS = 130  # some 90 words a minute, which few write on a tablet
WORD = "kurs "
WITHIN = Limit(most=500)
ARRIVES_MS = 10_000
LISTEN = """(() => {
    window.benchText = {typed: [], stood: []};
    const now = () => performance.timeOrigin + performance.now();
    addEventListener('input', (event) => benchText.typed.push([event.target.value.length, now()]), true);
    new MutationObserver(() => {
        const most = Math.max(0, ...[...document.querySelectorAll('main *')]
            .filter((one) => one.childElementCount === 0 && !one.closest('textarea, input'))
            .map((one) => /§.*/.exec(one.textContent ?? '')?.[0].length ?? 0));
        if (most > (benchText.stood.at(-1)?.[0] ?? 0)) benchText.stood.push([most, now()]);
    }).observe(document.body, {subtree: true, childList: true, characterData: true});
})()"""

Seen = Sequence[tuple[float, float]]
"""How many letters there were, and when (ms)."""


def rows(*, quick: bool) -> list[Row]:
    """Both ways. Raises RuntimeError where a letter does not arrive."""
    ways = asyncio.run(_measure(QUICK_LETTERS if quick else LETTERS))
    found = []
    for way, delays in ways.items():
        p50, p95, most = (round(float(value), 1) for value in np.percentile(delays, [50, 95, 100]))
        found += [
            alone(f"a letter, {way}: p50, ms", p50),
            alone(f"a letter, {way}: p95, ms", p95, WITHIN),
            alone(f"a letter, {way}: at most, ms", most, WITHIN),
        ]
    return found


def delays_of(typed: Seen, stood: Seen) -> list[float]:
    """For each letter how long (ms) until it, or more, stood on the other page. Raises RuntimeError if it never did."""
    found = []
    for length, at in typed:
        there = next((when for most, when in stood if most >= length), None)
        if there is None:
            raise RuntimeError(f"letter {length:.0f} never stood on the other page")
        found.append(there - at)
    return found


async def _measure(letters: int) -> dict[str, list[float]]:
    async with running_demo(Heard()) as ready, async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=[*FLAGS])
        try:
            context = await browser.new_context(viewport={"width": 1180, "height": 820}, permissions=["microphone"])
            patient, leader = await context.new_page(), await (await browser.new_context()).new_page()
            await patient.goto(ready.patient + "?lang=en")
            await patient.get_by_role("button", name="Join", exact=True).click()
            await patient.locator("video").wait_for()
            await leader.goto(ready.leader + "?lang=en")
            await leader.get_by_role("button", name="Write to ").click()
            for page in (patient, leader):
                await page.evaluate(LISTEN)
            there = await _write(patient, leader, letters)
            back = await _write(leader, patient, letters)
        finally:
            await browser.close()
    return {"patient's page to leader's": there, "leader's page to patient's": back}


async def _write(writer: Page, reader: Page, letters: int) -> list[float]:
    """The line begins with a sign that stands nowhere else."""
    text = ("§" + WORD * letters)[:letters].rstrip()
    await writer.get_by_role("textbox").first.press_sequentially(text, delay=BETWEEN_KEYS_MS)
    await reader.get_by_text(text).first.wait_for(state="attached", timeout=ARRIVES_MS)
    typed: Seen = await writer.evaluate("benchText.typed")
    stood: Seen = await reader.evaluate("benchText.stood")
    return delays_of(typed, stood)
