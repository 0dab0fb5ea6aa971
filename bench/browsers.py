"""The browsers of the bench: an X server, the receiver in a window on it, Chromium as a sender beside it."""

from __future__ import annotations

import asyncio
import os
import shlex
import subprocess
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil
from playwright.async_api import Browser, BrowserType, Page, Route

from bench.line import HERE as AT_HOME
from bench.line import Place

HERE = Path(__file__).parent
ORIGIN = "http://localhost/"  # answered by the bench itself, not by a server; a secure context
CHROMIUM = "/usr/bin/chromium"
COMMON = (
    "--no-sandbox",
    "--disable-features=WebRtcHideLocalIpsWithMdns",  # two browsers that do not know each other's names
    "--autoplay-policy=no-user-gesture-required",
    "--disable-background-timer-throttling",
    "--disable-renderer-backgrounding",
)
WINDOW = ("--kiosk", "--window-position=0,0", "--window-size=1280,800")
CLOCK_TRIES = 30


@dataclass(frozen=True)
class Tab:
    """A page and the processes of its browser."""

    page: Page
    root: psutil.Process

    def processes(self) -> list[psutil.Process]:
        """The whole browser: main, GPU, network, renderer."""
        return [self.root, *self.root.children(recursive=True)]


@contextmanager
def x_server() -> Iterator[str]:
    """An Xvfb of its own; gives the display's name."""
    read_end, write_end = os.pipe()
    process = subprocess.Popen(
        ["Xvfb", "-displayfd", str(write_end), "-screen", "0", "1280x800x24", "-nolisten", "tcp"],
        pass_fds=(write_end,),
        stderr=subprocess.DEVNULL,
    )
    os.close(write_end)
    try:
        with os.fdopen(read_end) as number:
            yield f":{number.readline().strip()}"
    finally:
        process.terminate()
        process.wait(10)


@asynccontextmanager
async def tab(
    chromium: BrowserType, role: str, files: Path, display: str | None = None, place: Place = AT_HOME
) -> AsyncIterator[Tab]:
    """A fresh browser with the bench's page of that name, at `place`; in a window when there is a display."""
    mark = f"--bench-role={role}-{time.monotonic_ns()}"
    browser: Browser = await chromium.launch(
        executable_path=executable(files, place),
        headless=display is None,
        args=[*COMMON, mark, *(WINDOW if display else ())],
        env={**os.environ, "DISPLAY": display or ""},
    )
    try:
        context = await browser.new_context(no_viewport=True)
        page = await context.new_page()
        await page.route("**/*", lambda route: _serve(route, role, files))
        await page.goto(ORIGIN)
        yield Tab(page, _root(mark))
    finally:
        await browser.close()


def executable(files: Path, place: Place) -> str:
    """What starts Chromium at `place`."""
    if not place.enter:
        return CHROMIUM
    script = files / f"chromium-{abs(hash(place))}"
    script.write_text(f'#!/bin/sh\nexec {shlex.join(place.enter)} {CHROMIUM} "$@"\n', encoding="utf-8")
    script.chmod(0o755)
    return str(script)


async def _serve(route: Route, role: str, files: Path) -> None:
    name = route.request.url.removeprefix(ORIGIN) or f"{role}.html"
    path = files / name if name.endswith(".png") else HERE / name
    if path.is_file():
        await route.fulfill(path=path)
    else:
        await route.fulfill(status=404)


def _root(mark: str) -> psutil.Process:
    for process in psutil.Process().children(recursive=True):
        arguments = process.cmdline()
        if mark in arguments and not any(argument.startswith("--type=") for argument in arguments):
            return process
    raise RuntimeError("the browser's main process was not found")


async def clock_offset_100us(page: Page) -> float:
    """How far the page's clock is ahead of ours, from the quickest of several round trips."""
    best = (float("inf"), 0.0)
    for _ in range(CLOCK_TRIES):
        before = time.time_ns() / 100_000
        theirs = await page.evaluate("clock()")
        after = time.time_ns() / 100_000
        ours = (before + after) / 2 % 2**40
        best = min(best, (after - before, theirs - ours))
        await asyncio.sleep(0.005)
    return best[1]
