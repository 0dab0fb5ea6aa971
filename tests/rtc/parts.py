"""What the tests of this folder share: a painted picture, a tone as microphone, an ear, and a real browser page."""

from __future__ import annotations

import asyncio
import random
import threading
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from playwright.async_api import Page, Route, async_playwright

from hardware_sim import stamp
from robot_agent.media.blocks import BLOCK, RATE_HZ, Block
from robot_agent.media.interfaces import VideoFrame
from robot_agent.media.libopus import OpusVoiceDecoder
from robot_agent.media.voice_packet import VoicePacket
from robot_agent.rtc.session import RtcSession

PAGE = Path(__file__).with_name("page.html")
ORIGIN = "http://localhost/"  # a secure context without a certificate; answered by the test, not by a server
PATIENCE_S = 15.0


async def until(condition: Callable[[], bool], what: str, timeout_s: float = PATIENCE_S) -> None:
    """Wait for `condition`; fails with `what`."""
    end_s = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < end_s, f"waited {timeout_s} s for {what}"
        await asyncio.sleep(0.02)


async def until_page(check: Callable[[], Awaitable[bool]], what: str, timeout_s: float = PATIENCE_S) -> None:
    """The same with a question to the page."""
    end_s = time.monotonic() + timeout_s
    while not await check():
        assert time.monotonic() < end_s, f"waited {timeout_s} s for {what}"
        await asyncio.sleep(0.05)


class Painter:
    """A `FrameSource`: a moving picture with the stamp on it, painted at a steady rate."""

    def __init__(self, width: int = 640, height: int = 360, fps: float = 30.0) -> None:
        self.fps = fps
        noise = np.random.default_rng(7).integers(40, 200, (height * 3 // 2, width * 2), dtype=np.uint8)
        self._texture = np.repeat(np.repeat(noise[::8, ::8], 8, axis=0), 8, axis=1)[: height * 3 // 2]
        self._width, self._height = width, height
        self._stop = threading.Event()
        self._start_s = time.monotonic()

    def open(self) -> None:
        self._start_s = time.monotonic()

    def close(self) -> None:
        self._stop.set()

    def wait_newer(self, sequence: int, timeout_s: float) -> VideoFrame | None:
        due_s = self._start_s + (sequence + 1) / self.fps
        if self._stop.wait(max(0.0, min(timeout_s, due_s - time.monotonic()))):
            return None
        now_s = time.monotonic()
        return VideoFrame(sequence + 1, now_s, self.paint(sequence + 1)) if now_s >= due_s else None

    def paint(self, number: int) -> npt.NDArray[np.uint8]:
        shift = 2 * number % self._width
        picture = np.ascontiguousarray(self._texture[:, shift : shift + self._width])
        picture[self._height :] = 128
        stamp.paint(picture[: self._height], number, time.time_ns() // 100_000)
        return picture


class ToneMicrophone:
    """A `MicrophoneTap` that hears a sine, 10 ms by 10 ms, paced by the clock."""

    def __init__(self, hz: float) -> None:
        self._hz = hz
        self._blocks = 0
        self._start_s = time.monotonic()
        self.closed = False

    async def get(self) -> Block:
        if self._blocks == 0:
            self._start_s = time.monotonic()
        await asyncio.sleep(max(0.0, self._start_s + self._blocks * 0.01 - time.monotonic()))
        at = np.arange(self._blocks * BLOCK, (self._blocks + 1) * BLOCK) / RATE_HZ
        self._blocks += 1
        return (8000 * np.sin(2 * np.pi * self._hz * at)).astype(np.int16)

    def close(self) -> None:
        self.closed = True


class Ear:
    """A `VoiceSink` that remembers the last second, and of which length the packets were."""

    def __init__(self) -> None:
        self._decoder = OpusVoiceDecoder()
        self.blocks: list[Block] = []
        self.total = 0
        self.lengths: set[int] = set()

    def push(self, packet: VoicePacket) -> None:
        samples = self._decoder.decode(packet.payload)
        self.lengths.add(samples.size)
        self.total += 1
        self.blocks = [*self.blocks, *samples.reshape(-1, BLOCK)][-100:]

    def loudest_hz(self) -> float:
        """The strongest frequency of the last second, 0 when it is silent or too short."""
        if len(self.blocks) < 100:
            return 0.0
        samples = np.concatenate(self.blocks).astype(np.float64)
        if np.abs(samples).max() < 300:
            return 0.0
        spectrum = np.abs(np.fft.rfft(samples * np.hanning(samples.size)))
        return float(np.argmax(spectrum)) * RATE_HZ / samples.size


class BadLine:
    """The way from a session to its page: seeded loss, a delay, and a rate with a queue of 400 ms."""

    def __init__(self, rate_bps: float, loss: float, delay_s: float, seed: int = 3) -> None:
        self.loss = loss
        self._rate_bps, self._delay_s = rate_bps, delay_s
        self._random = random.Random(seed)
        self._free_s = 0.0
        self._under_way: set[asyncio.Task[None]] = set()
        self._ice: Any = None
        self.lost = 0

    def begin(self, session: RtcSession) -> None:
        """Between the session's answer and the page's taking it; the handshake loses nothing."""
        assert session._peer is not None
        self._ice = session._peer.getSenders()[0].transport.transport
        self._good = self._ice._send
        self._ice._send = self._send

    def end(self) -> None:
        """The line is as good as loopback again. May be called twice."""
        if self._ice is not None:
            self._ice._send = self._good
        for task in self._under_way:
            task.cancel()

    async def _send(self, data: bytes) -> None:
        now_s = time.monotonic()
        self._free_s = max(self._free_s, now_s)
        if self._free_s - now_s > 0.4 or (self._random.random() < self.loss and data[0] > 127):
            self.lost += 1
            return
        self._free_s += (len(data) + 28) * 8 / self._rate_bps
        task = asyncio.create_task(self._arrive(data, self._free_s + self._delay_s - now_s), name="bad-line")
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)

    async def _arrive(self, data: bytes, wait_s: float) -> None:
        await asyncio.sleep(wait_s)
        with suppress(ConnectionError):
            await self._good(data)


@asynccontextmanager
async def browser_page(*arguments: str) -> AsyncIterator[Page]:
    """A fresh headless Chromium with the test page; everything it started is gone afterwards."""

    async def answer(route: Route) -> None:
        await route.fulfill(body=PAGE.read_text(encoding="utf-8"), content_type="text/html")

    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path="/usr/bin/chromium", args=["--no-sandbox", *arguments]
        )
        try:
            page = await browser.new_page()
            await page.route("**/*", answer)
            await page.goto(ORIGIN)
            yield page
        finally:
            await browser.close()
