"""Looking the robot over before a meeting: what is made of what was found, and that it gives way to whoever comes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from types import SimpleNamespace
from typing import Any, cast

import pytest

from protocol import topics
from protocol.commands import Done
from protocol.ice import IceAddress
from protocol.preflight import Found, Preflight, PreflightApplied, RunPreflight
from protocol.state import BatteryState, Fault, Hearing
from robot_agent import preflight as rules
from robot_agent.live_state import LiveState
from robot_agent.media.heard import Verdict
from robot_agent.media.sound_errors import SoundClosedError
from robot_agent.preflight_desk import Body, PreflightDesk
from robot_agent.rtc.turn_check import Checked, RelayFault
from robot_agent.watching import RoomNow
from tests.agent.body import Desk

SKIPPED = (Found.CAMERA_SKIPPED, Found.SOUND_SKIPPED, Found.HEAD_SKIPPED)


@pytest.mark.parametrize(
    ("percent", "charging", "faults", "found"),
    [
        (50, True, (), Found.POWER_OK),
        (90, False, (), Found.POWER_BATTERY),
        (50, False, (), Found.POWER_LOW),
        (90, True, (Fault.BATTERY_LOW,), Found.POWER_LOW),
        (90, True, (Fault.HEAD_POWER, Fault.BATTERY_LOW), Found.POWER_WRONG),
        (None, False, (), Found.POWER_UNKNOWN),
    ],
)
def test_power(percent: float | None, charging: bool, faults: tuple[Fault, ...], found: Found) -> None:
    battery = None if percent is None else BatteryState(percent=percent, charging=charging)
    assert rules.power(battery, faults) is found


def way(url: str, *, works: bool) -> Checked:
    return Checked(IceAddress.parse(url), None if works else RelayFault.SILENT)


@pytest.mark.parametrize(
    ("checked", "found"),
    [
        ([], Found.NETWORK_OK),
        ([way("turn:t:3478", works=True)], Found.NETWORK_OK),
        ([way("turn:t:3478", works=False)], Found.NETWORK_BLOCKED),
        ([way("turn:t:3478", works=True), way("turns:t:443", works=True)], Found.NETWORK_TLS_OK),
        ([way("turn:t:3478", works=False), way("turns:t:443", works=True)], Found.NETWORK_TLS_OK),
        ([way("turn:t:3478", works=True), way("turns:t:443", works=False)], Found.NETWORK_NO_TLS),
        ([way("turn:t:3478", works=False), way("turns:t:443", works=False)], Found.NETWORK_BLOCKED),
    ],
)
def test_network(checked: list[Checked], found: Found) -> None:
    assert rules.network(checked) is found


def test_sound_head_and_lights() -> None:
    assert [rules.sound(one) for one in (*Hearing, None)] == [
        Found.SOUND_OK,
        Found.SOUND_FAINT,
        Found.SOUND_NOT_HEARD,
        Found.SOUND_UNKNOWN,
        Found.SOUND_CLOSED,
    ]
    assert rules.head(()) is None
    assert rules.head((Fault.HEAD, Fault.HEAD_BLOCKED)) is Found.HEAD_BLOCKED
    assert rules.head((Fault.HEAD, Fault.HEAD_HOT)) is Found.HEAD_HOT
    assert rules.head((Fault.HEAD,)) is Found.HEAD_STUCK
    assert rules.lights((Fault.HEAD_BOARD,)) is Found.LIGHTS_NONE
    assert rules.lights(()) is Found.LIGHTS_OK


class Robot:
    """A body of which everything works, until a test says otherwise."""

    def __init__(self) -> None:
        self.free = True
        self.done: list[str] = []
        self.live = LiveState(changed=lambda: None)
        self.picture: Any = object()
        self.said = asyncio.Event()
        self.said.set()
        self.sound_is_closed = False
        self.pose = SimpleNamespace(pan_deg=0.0, tilt_deg=0.0)
        self.answers: asyncio.Queue[Preflight] = asyncio.Queue()
        self.desk = PreflightDesk(
            Body(
                cast("Any", SimpleNamespace(hold=self._hold, release=self._release)),
                cast("Any", SimpleNamespace(camera=SimpleNamespace(read_latest=lambda: self.picture))),
                cast("Any", self),
                cast("Any", SimpleNamespace(ask=self._hears)),
                cast("Any", SimpleNamespace(say_now=self._say)),
                self.live,
            ),
            "Jeg prøver meg.",
            (),
            lambda: RoomNow(session=None if self.free else "session-1"),
            over=lambda: self.done.append("head back"),
        )

    # as a head
    battery = BatteryState(percent=80, charging=True)
    settings = SimpleNamespace(rest_pan_deg=0.0)

    def look_at(self, pan_deg: float, tilt_deg: float) -> tuple[float, float]:
        self.done.append("turned")
        self.pose = SimpleNamespace(pan_deg=pan_deg, tilt_deg=tilt_deg)
        return pan_deg, tilt_deg

    async def _hold(self, whom: str) -> None:
        self.done.append("opened")

    async def _release(self, whom: str) -> None:
        self.done.append("closed")

    async def _say(self, text: str) -> None:
        self.done.append(text)
        await self.said.wait()

    def _hears(self, answer: Any) -> bool:
        if self.sound_is_closed:
            raise SoundClosedError
        self.heard = asyncio.ensure_future(answer(Verdict(Hearing.HEARD)))
        return True

    async def found(self) -> tuple[Found, ...]:
        assert self.desk.ask((), self.answers.put)
        return (await asyncio.wait_for(self.answers.get(), 20)).found


@asynccontextmanager
async def running() -> AsyncIterator[Robot]:
    robot = Robot()
    task = asyncio.create_task(robot.desk.run())
    try:
        yield robot
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def test_it_says_so_in_the_room_before_anything_is_opened_and_leaves_nothing_open() -> None:
    async with running() as robot:
        assert robot.desk.newest is None
        found = await robot.found()
        assert found == (
            Found.POWER_OK,
            Found.NETWORK_OK,
            Found.CAMERA_OK,
            Found.SOUND_OK,
            Found.HEAD_OK,
            Found.LIGHTS_OK,
        )
        assert robot.done == ["Jeg prøver meg.", "opened", "turned", "closed", "head back"]
        assert robot.desk.newest is not None
        assert robot.desk.newest.found == found


async def test_while_somebody_is_in_nothing_is_opened_played_or_turned() -> None:
    async with running() as robot:
        robot.free = False
        assert (await robot.found())[2:5] == SKIPPED
        assert robot.done == []
        robot.live.faults.add(Fault.HEAD_HOT)
        assert (await robot.found())[4] is Found.HEAD_HOT, "what is known needs no turning"


async def test_it_ends_at_once_for_whoever_comes_and_is_asked_once_at_a_time() -> None:
    async with running() as robot:
        robot.said.clear()
        looked = asyncio.create_task(robot.found())
        async with asyncio.timeout(20):
            while not robot.done:
                await asyncio.sleep(0)
        assert not robot.desk.ask((), robot.answers.put)
        robot.desk.review()
        assert not looked.done()
        robot.free = False
        robot.desk.review()
        assert (await looked)[2:5] == SKIPPED
        assert robot.done == ["Jeg prøver meg.", "closed", "head back"]


async def test_a_part_that_does_not_answer_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    from robot_agent import preflight_desk

    monkeypatch.setattr(preflight_desk, "CAMERA_S", 0.05)
    async with running() as robot:
        robot.picture, robot.sound_is_closed = None, True
        robot.live.faults.add(Fault.HEAD_BLOCKED)
        assert (await robot.found())[2:5] == (Found.CAMERA_NONE, Found.SOUND_CLOSED, Found.HEAD_BLOCKED)


async def looked_over(desk: Desk) -> tuple[Found, ...]:
    """What the robot finds when a leader asks it to look itself over."""
    command = desk.lead(RunPreflight(), None)
    await desk.send(topics.COMMAND, command)
    opened = await desk.until_state(lambda state: state.camera_open, "the camera to be tried")
    assert opened.session is None
    done = await desk.word(Done, lambda word: word.id == command.id)
    assert isinstance(done.applied, PreflightApplied)
    return done.applied.preflight.found


async def test_the_real_robot_looks_itself_over_and_tells_it_with_every_heartbeat(desk: Desk) -> None:
    found = await looked_over(desk)
    for _ in range(2):  # on a busy machine the simulated servos may answer too late: asked again, as a leader would
        if Found.HEAD_OK not in found:
            found = await looked_over(desk)
    assert {Found.NETWORK_OK, Found.CAMERA_OK, Found.HEAD_OK, Found.LIGHTS_OK} <= {*found}
    await desk.until_state(
        lambda state: state.preflight is not None and state.preflight.found == found and not state.camera_open,
        "all closed, and what was found in the heartbeat",
    )
