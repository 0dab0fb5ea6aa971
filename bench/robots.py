"""A thousand simulated robots in a hundred meetings on one node and its own broker, beside a tenth of them in one run.

The node and Mosquitto are the real processes, on a database of their own (SQLite) with a course for each meeting.
Robots, their patients' pages (one each, in the room) and a leader's page for each meeting are `bench/fleet.py`, a
process of its own whose time does not count. What is counted is processor time, not the clock that others use too.
"""

from __future__ import annotations

import asyncio
import json
import logging
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import psutil
from playwright.async_api import async_playwright
from sqlalchemy.ext.asyncio import AsyncSession

from bench.browsers import CHROMIUM
from bench.figures import Limit, Row, alone
from bench.fleet import Load
from remote_app.access import Claim
from remote_app.data_directory import DataDirectory
from remote_app.settings import AppSettings
from remote_app.staff.guard import COOKIE
from remote_app.store import courses, people, staff
from remote_app.store.models import Course, Invitation, PersonRole, Seat
from remote_app.store.service import open_store

log = logging.getLogger(__name__)

MANY, FEW = 1000, 100
QUICK_MANY, QUICK_FEW = 200, 20
IN_A_MEETING = 10
MEASURED_S, QUICK_MEASURED_S = 40.0, 15.0
SETTLE_S, QUICK_SETTLE_S = 10.0, 4.0
READY_S = 180.0
LONG_TASKS = """(() => {
    window.benchLong = 0;
    new PerformanceObserver((list) => {
        for (const entry of list.getEntries()) benchLong = Math.max(benchLong, entry.duration);
    }).observe({type: "longtask"});
})()"""


@dataclass(frozen=True)
class Size:
    """What one number of robots took. CPU in per cent of a core, memory in MiB, the rest in ms."""

    robots: int
    node_cpu: float
    broker_cpu: float
    node_mib: float
    broker_mib: float
    hands: int
    late: int
    hand_p50: float
    hand_p95: float
    ping_p95: float
    http_p95: float
    own_p95: float
    heard_s: float
    long_task: float = float("nan")


def rows(*, quick: bool) -> list[Row]:
    """Side by side. Raises RuntimeError when the service or the fleet does not come up."""
    few, many = (QUICK_FEW, QUICK_MANY) if quick else (FEW, MANY)
    small, large = (asyncio.run(measure(count, quick=quick, browser=count == many)) for count in (few, many))
    for size in (small, large):
        log.info("%s", asdict(size))
    name, meetings = f"{many} robots", many // IN_A_MEETING
    cpu = (large.node_cpu + large.broker_cpu) / (small.node_cpu + small.broker_cpu)
    return [
        alone(f"{name} in {meetings} meetings: tap on the hand → leader's queue, p50, ms", large.hand_p50),
        alone(f"{name}: the same, p95, ms", large.hand_p95, Limit(most=100)),
        alone(f"{name}: hands that no queue had within 30 s", large.late, Limit(most=0)),
        alone(f"{name}: a leader's WebSocket answers, p95, ms", large.ping_p95),
        alone(f"{name}: HTTP answers, p95, ms", large.http_p95),
        alone(f"{name}: the load itself is late by, p95, ms", large.own_p95),
        alone(f"{name}: longest task of a leader's page in Chromium, ms", large.long_task),
        alone(f"{name}: CPU of the node, % of a core", large.node_cpu),
        alone(f"{name}: CPU of the broker, % of a core", large.broker_cpu),
        alone(f"{name}: memory of the node, MiB", large.node_mib),
        alone(f"{name}: memory of the broker, MiB", large.broker_mib),
        alone(f"{name}: CPU, times that of {few}", cpu, Limit(most=many / few)),
    ]


async def measure(count: int, *, quick: bool, browser: bool) -> Size:
    """One service with so many robots, from its start to its end."""
    with TemporaryDirectory(prefix="av1-bench-") as name:
        directory = Path(name)
        load, cookie = await _filled(directory, count)
        async with _node(directory) as (node, where), _fleet(directory, load, where) as fleet:
            broker = next(child for child in node.children() if child.name().startswith("mosquitto"))
            await asyncio.sleep(QUICK_SETTLE_S if quick else SETTLE_S)
            async with _leader_page(where["http"], cookie, wanted=browser) as long_task:
                return await _measured(count, fleet, node, broker, long_task, quick=quick)


async def _measured(
    count: int, fleet: Fleet, node: psutil.Process, broker: psutil.Process, long_task: Any, *, quick: bool
) -> Size:
    before, began = [_cpu_s(process) for process in (node, broker)], time.monotonic()
    found = await fleet.ask(f"measure {QUICK_MEASURED_S if quick else MEASURED_S}")
    took = time.monotonic() - began
    node_cpu, broker_cpu = (
        100 * (_cpu_s(process) - old) / took for process, old in zip((node, broker), before, strict=True)
    )
    p50, p95 = np.percentile(found["hands_ms"], [50, 95])
    ping, http = (np.percentile(found[key], 95) for key in ("pings_ms", "http_ms"))
    return Size(
        robots=count,
        node_cpu=round(node_cpu, 1),
        broker_cpu=round(broker_cpu, 1),
        node_mib=round(node.memory_info().rss / 2**20, 1),
        broker_mib=round(broker.memory_info().rss / 2**20, 1),
        hands=len(found["hands_ms"]),
        late=found["late"],
        hand_p50=round(float(p50), 1),
        hand_p95=round(float(p95), 1),
        ping_p95=round(float(ping), 1),
        http_p95=round(float(http), 1),
        own_p95=round(float(np.percentile(found["own_ms"], 95)), 1),
        heard_s=round(found["heard"] / took),
        long_task=await long_task(),
    )


def _cpu_s(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)


async def _filled(directory: Path, count: int) -> tuple[Load, str]:
    """A store with a course, its robots and a leader who is logged in for each meeting."""
    data = DataDirectory(directory / "data")
    key, now = data.link_key(), datetime.now(UTC)
    store = await open_store(AppSettings.model_validate({"data": {"directory": directory / "data"}}))
    load = Load("", {}, {}, [], [])
    try:
        async with store.write() as session:
            for number in range(count // IN_A_MEETING):
                site = f"site-{number}"
                await courses.put_site(session, site, f"Frisklivssentralen {number}", f"Kommune {number}")
                course = await courses.add_course(
                    session,
                    Course(name=f"Kurs {number}", ends_at=now + timedelta(hours=2)),
                    (site,),
                )
                await courses.add_meeting(session, course.id, now - timedelta(hours=1), now + timedelta(hours=2))
                meeting = [f"robot-{number}-{place}" for place in range(IN_A_MEETING)]
                for place, robot in enumerate(meeting):
                    await courses.put_robot(session, robot, site, f"Rom {place}")
                    seat = await courses.add_seat(session, course.id, f"seat-{place}", robot)
                    load.pages[robot] = key.sign(await _invited(session, seat, now))
                leader = await people.add_staff(session, f"Leder {number}", PersonRole.LEADER, (site,))
                load.leaders.append((COOKIE, await staff.begin_session(session, leader.id, now)))
                load.meetings.append(meeting)
    finally:
        await store.close()
    return load, load.leaders[0][1]


async def _invited(session: AsyncSession, seat: Seat, now: datetime) -> Claim:
    """A patient's link for this seat, as the store keeps it."""
    person = await people.add_participant(session, "Kari Nordmann", PersonRole.PATIENT, seat.course_id, seat.id)
    since, until = now - timedelta(hours=1), now + timedelta(hours=2)
    link = f"link-{seat.robot_id}"
    await people.invite(
        session, Invitation(id=link, person_id=person.id, seat_id=seat.id, not_before=since, expires=until)
    )
    window = {"b": int(since.timestamp()), "e": int(until.timestamp())}
    return Claim.model_validate(
        {"r": seat.robot_id, "s": seat.name, "n": "Kari Nordmann", **window, "i": link, "k": True}
    )


@asynccontextmanager
async def _node(directory: Path) -> AsyncIterator[tuple[psutil.Process, dict[str, Any]]]:
    config = directory / "app.toml"
    config.write_text(
        f'[http]\nport = 0\n[data]\ndirectory = "{directory / "data"}"\n',
        encoding="utf-8",
    )
    command = (sys.executable, "-m", "remote_app.cli", "--config", str(config), "--json")
    with (directory / "log").open("wb") as log_file:
        child = await asyncio.create_subprocess_exec(
            *command, stdout=asyncio.subprocess.PIPE, stderr=log_file, limit=2**24
        )
    try:
        assert child.stdout is not None
        line = await asyncio.wait_for(child.stdout.readline(), READY_S)
        if not line:
            raise RuntimeError(f"the service does not start: {(directory / 'log').read_text(encoding='utf-8')[-500:]}")
        yield psutil.Process(child.pid), json.loads(line)
    finally:
        if child.returncode is None:
            child.terminate()
        await child.wait()


class Fleet:
    """The other process."""

    def __init__(self, child: asyncio.subprocess.Process, log_file: Path) -> None:
        self._child = child
        self._log = log_file

    async def ask(self, command: str) -> dict[str, Any]:
        """Its answer to a command. Raises RuntimeError with what it said last."""
        assert self._child.stdin is not None
        assert self._child.stdout is not None
        self._child.stdin.write(f"{command}\n".encode())
        async with asyncio.timeout(READY_S):
            line = await self._child.stdout.readline()
        if not line:
            raise RuntimeError(f"the fleet is gone: {self._log.read_text(encoding='utf-8')[-500:]}")
        answer: dict[str, Any] = json.loads(line)
        return answer


@asynccontextmanager
async def _fleet(directory: Path, load: Load, where: dict[str, Any]) -> AsyncIterator[Fleet]:
    plan = {**asdict(load), "http": where["http"], "robots": where["robots"]}
    log_file = directory / "fleet-log"
    with log_file.open("wb") as errors:
        child = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "bench.fleet"),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=errors,
            limit=2**24,
        )
    fleet = Fleet(child, log_file)
    try:
        await fleet.ask(json.dumps(plan))
        yield fleet
    finally:
        if child.returncode is None:
            child.terminate()
        await child.wait()


@asynccontextmanager
async def _leader_page(http: str, cookie: str, *, wanted: bool) -> AsyncIterator[Any]:
    """A leader's page in Chromium; what is yielded says how long its longest task was, in ms."""
    if not wanted:

        async def nothing() -> float:
            return float("nan")

        yield nothing
        return
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        context = await browser.new_context()
        await context.add_cookies([{"name": COOKIE, "value": cookie, "url": http}])
        page = await context.new_page()
        await page.goto(f"{http}/lead")
        await page.get_by_text("Rom 3").first.wait_for()
        await page.evaluate(LONG_TASKS)

        async def longest() -> float:
            return round(float(await page.evaluate("benchLong")), 1)

        try:
            yield longest
        finally:
            await browser.close()
