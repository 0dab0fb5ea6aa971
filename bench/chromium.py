"""Chromium -> Chromium: a canvas, painted and handed over frame by frame, sent by a browser of its own."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import psutil
from playwright.async_api import BrowserType

from bench.browsers import Tab, clock_offset_100us, tab
from bench.line import HERE, Place
from bench.sender import Sender
from bench.source import BITRATE_BPS, CEILING_BPS, GRAINS


@asynccontextmanager
async def chromium_sender(
    chromium: BrowserType, files: Path, *, steady: bool, sound: bool = False, place: Place = HERE
) -> AsyncIterator[tuple[Sender, Tab]]:
    """A browser that paints; it sends once it has an offer. `steady` keeps the size, at the bench's own rate."""
    async with tab(chromium, "sender", files, place=place) as browser:
        page = browser.page
        await page.evaluate("count => prepare(count)", GRAINS)
        await page.evaluate("run()")
        how = {"bitrate": BITRATE_BPS if steady else CEILING_BPS, "steady": steady, "sound": sound}

        async def answer(offer: str) -> str:
            sdp: str = await page.evaluate("([sdp, how]) => answer(sdp, how)", [offer, how])
            return sdp

        def processes() -> list[psutil.Process]:
            return browser.processes()

        offset = await clock_offset_100us(page)
        yield Sender("Chromium", answer, processes, offset, prefer=""), browser
