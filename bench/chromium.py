"""Chromium -> Chromium: a canvas, painted and handed over frame by frame, sent by a browser of its own."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import psutil
from playwright.async_api import BrowserType

from bench.browsers import clock_offset_100us, tab
from bench.sender import Sender
from bench.source import BITRATE_BPS, GRAINS


@asynccontextmanager
async def chromium_sender(chromium: BrowserType, files: Path) -> AsyncIterator[Sender]:
    """A browser that paints; it sends once it has an offer."""
    async with tab(chromium, "sender", files) as browser:
        page = browser.page
        await page.evaluate("count => prepare(count)", GRAINS)
        await page.evaluate("run()")

        async def answer(offer: str) -> str:
            sdp: str = await page.evaluate("([sdp, bitrate]) => answer(sdp, bitrate)", [offer, BITRATE_BPS])
            return sdp

        def processes() -> list[psutil.Process]:
            return browser.processes()

        offset = await clock_offset_100us(page)
        yield Sender("Chromium", answer, processes, offset, prefer="")
