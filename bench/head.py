"""The head by itself: the robot's own driver on a real pseudo terminal, simulated servos in a process of their own.

Once with nothing beside it, and once beside the encoder at 720p: how soon a set-point is on the bus, how late the ticks
are, how far a turn of 60 degrees goes too far, and when the head stands after the last set-point.
"""

from __future__ import annotations

import asyncio
import json
import logging
import math
import random
import sys
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import aiohttp
import numpy as np

from bench.figures import Limit, Row, alone
from bench.source import BITRATE_BPS, StampedSource
from robot_agent.head.controller import HeadController
from robot_agent.head.settings import HeadSettings, SerialSettings
from robot_agent.head.ticker import TickStats
from robot_agent.media.rate.control import RateSettings
from robot_agent.media.video import VideoPipeline

log = logging.getLogger(__name__)

TITLES = ((False, "head by itself"), (True, "head beside a 720p encode"))
SWITCH_INTERVAL_S = 0.0005  # as in the agent
TOUCHES, QUICK_TOUCHES = 100, 20
STILL_S = 0.5  # the watchdog and the brake: every set-point meets a head that stands
TURNS, QUICK_TURNS = 5, 2
TURN_DEG = 60.0
TURN_S = 1.6
FROM_DEG, TO_DEG = -160.0, 170.0
GO_BACK_S = 3.2
STEERED_S, AFTER_S = 1.0, 0.9
SET_POINT_S = 0.02
LOOK_S = 0.004
STILL_DEG = 360 / 4096  # a step of the servo
READY_S = 20.0
SETTLE_S = 2.0

Course = Sequence[tuple[float, float]]
"""(seconds, degrees) of where the head really stood."""


@dataclass(frozen=True)
class HeadRun:
    """ms and degrees: from the call to the bus, the ticks, beyond the end of a turn, after the last set-point."""

    touches_ms: list[float]
    ticks: TickStats
    overshoot_deg: float
    still_ms: float
    encoded_fps: float


def rows(*, quick: bool) -> list[Row]:
    """Side by side. Raises RuntimeError if the head does not move."""
    runs = {title: measure(encode=encode, quick=quick) for encode, title in TITLES}
    found: list[Row] = []
    for title, run in runs.items():
        log.info("%s: %s", title, run)
        p50, p95 = (round(float(value), 1) for value in np.percentile(run.touches_ms, [50, 95]))
        found += [
            alone(f"{title}: set-point to bus, p50, ms", p50),
            alone(f"{title}: set-point to bus, p95, ms", p95),
            alone(f"{title}: ticks late by, p50, ms", run.ticks.p50_ms),
            alone(f"{title}: ticks late by, p99, ms", run.ticks.p99_ms, Limit(most=5)),
            alone(f"{title}: ticks missed, % of all", 100 * run.ticks.missed / max(run.ticks.count, 1)),
            alone(f"{title}: turn of 60°, beyond its end, °", run.overshoot_deg, Limit(most=0.5)),
            alone(f"{title}: still after the last set-point, ms", run.still_ms, Limit(most=400)),
        ]
    title = TITLES[-1][1]
    return [*found, alone(f"{title}: pictures encoded a second", runs[title].encoded_fps, Limit(least=28))]


def measure(*, encode: bool, quick: bool) -> HeadRun:
    """One run of about a minute (quick: 20 s)."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(SWITCH_INTERVAL_S)
    try:
        return asyncio.run(_measure(encode=encode, quick=quick))
    finally:
        sys.setswitchinterval(before)


async def _measure(*, encode: bool, quick: bool) -> HeadRun:
    with TemporaryDirectory(prefix="av1-bench-") as folder:
        async with (
            _simulator(Path(folder)) as addresses,
            aiohttp.ClientSession(addresses["simulator"]) as http,
            _turning(addresses["serial"]) as head,
            _encoding(encode) as encoded,
        ):
            neck = Neck(head, http)
            await asyncio.sleep(SETTLE_S)
            began, before = time.monotonic(), encoded()
            touches = await neck.touches(QUICK_TOUCHES if quick else TOUCHES)
            fps = (encoded() - before) / (time.monotonic() - began)
            ticks = head.tick_stats  # of the last half minute: all with touches, none with a bench that looks on
            turns = QUICK_TURNS if quick else TURNS
            beyond = [await neck.beyond(TURN_DEG / 2 * (-1) ** number) for number in range(turns)]
            still = [await neck.still_after_ms() for _ in range(turns)]
    if len(touches) < 0.9 * (QUICK_TOUCHES if quick else TOUCHES):
        raise RuntimeError(f"only {len(touches)} set-points moved the head")
    return HeadRun(touches, ticks, round(max(beyond), 3), round(max(still)), round(fps, 1))


class Neck:
    """Turns the head and looks at the simulated servos."""

    def __init__(self, head: HeadController, http: aiohttp.ClientSession) -> None:
        self._head = head
        self._http = http
        self._seq = 0

    async def touches(self, number: int) -> list[float]:
        """From each call until the goal had changed on the bus, in ms; the calls come at any moment of a tick."""
        chance = random.Random(7)
        found: list[float] = []
        for turn in range(number):
            await asyncio.sleep(STILL_S + chance.uniform(0, 0.02))
            called_ms = time.time() * 1000
            self._steer(8.0 * (-1) ** turn)
            await asyncio.sleep(0.1)
            goals = await self._get("/api/goals")
            found += [goal["at_ms"] - called_ms for goal in goals if goal["at_ms"] > called_ms][:1]
        return found

    async def beyond(self, to_deg: float) -> float:
        """How far a turn from the other side goes beyond `to_deg`: the head, or its goal on the bus."""
        self._head.look_at(-to_deg, 0)
        await asyncio.sleep(TURN_S)
        began_ms = time.time() * 1000
        self._head.look_at(to_deg, 0)
        course = await self._course(TURN_S)
        goals = [goal["goal_pan_deg"] for goal in await self._get("/api/goals") if goal["at_ms"] > began_ms]
        return beyond_deg([*(deg for _, deg in course), *goals], to_deg)

    async def still_after_ms(self) -> float:
        """From the last of a second of set-points, at full speed, until the head stands."""
        self._head.look_at(FROM_DEG, 0)
        await asyncio.sleep(GO_BACK_S)
        last = time.monotonic()
        end = last + STEERED_S
        while time.monotonic() < end:
            self._steer(TO_DEG)
            last = time.monotonic()
            await asyncio.sleep(SET_POINT_S)
        return 1000 * (still_at(await self._course(AFTER_S)) - last)

    def _steer(self, pan_deg: float) -> None:
        self._seq += 1
        self._head.steer(pan_deg, 0, self._seq)

    async def _course(self, seconds: float) -> Course:
        found: list[tuple[float, float]] = []
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            state = await self._get("/api/state")
            found.append((time.monotonic(), state["pan_deg"]))
            await asyncio.sleep(LOOK_S)
        return found

    async def _get(self, path: str) -> Any:
        async with self._http.get(path) as answer:
            return await answer.json()


def beyond_deg(visited: Sequence[float], to_deg: float) -> float:
    """How far any of these angles lies beyond `to_deg`, seen from the middle."""
    return max(0.0, max(deg * math.copysign(1, to_deg) for deg in visited) - abs(to_deg))


def still_at(course: Course) -> float:
    """When the head was last seen more than a step of the servo from where it stood in the end."""
    end = course[-1][1]
    return max((at for at, deg in course if abs(deg - end) > STILL_DEG), default=course[0][0])


@asynccontextmanager
async def _turning(port: str) -> AsyncIterator[HeadController]:
    """A head that is set up; it is put to rest at the end."""
    head = HeadController(
        SerialSettings(port=port),
        HeadSettings(),
        lambda pose: None,
        lambda fault, words: log.warning("%s: %s", fault.value, words or "over"),
    )
    running = asyncio.create_task(head.run(), name="bench-head")
    try:
        async with asyncio.timeout(READY_S):
            while head.pose is None or head.battery is None:  # noqa: ASYNC110 - it says neither by an event
                await asyncio.sleep(0.05)
        yield head
    finally:
        await head.stop()
        await running


@asynccontextmanager
async def _encoding(encode: bool) -> AsyncIterator[Callable[[], int]]:
    """The picture of the whole bench at its rate, for one viewer; gives how many pictures were encoded so far."""
    if not encode:
        yield lambda: 0
        return
    rates = RateSettings(start_bps=BITRATE_BPS, floor_bps=BITRATE_BPS, ceiling_bps=BITRATE_BPS)
    pipeline = VideoPipeline(StampedSource, rates)
    tap = pipeline.subscribe()

    async def watch() -> None:
        while True:
            await tap.get()

    await pipeline.open()
    watching = asyncio.create_task(watch(), name="bench-viewer")
    try:
        yield lambda: pipeline.stats().encoded
    finally:
        watching.cancel()
        await asyncio.gather(watching, return_exceptions=True)
        tap.close()
        await pipeline.close()


@asynccontextmanager
async def _simulator(folder: Path) -> AsyncIterator[dict[str, str]]:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "hardware_sim.cli", "--json", "--port=0"),
        *(f"--serial-link={folder / 'bus'}", f"--sound-socket={folder / 'sound'}"),
        stdout=asyncio.subprocess.PIPE,
    )
    try:
        assert process.stdout is not None
        yield json.loads(await process.stdout.readline())
    finally:
        process.terminate()
        await process.wait()
