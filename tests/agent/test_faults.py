"""Every fault of the body: what the robot's state and log say, that the rest goes on, and that nobody restarts it."""

from __future__ import annotations

import asyncio
import itertools
import time
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest

from protocol import topics
from protocol.commands import Done, HandApplied, LookAt, RaiseHand, SetMood
from protocol.events import ButtonPressed, FaultCleared, FaultRaised
from protocol.state import Fault, Mood, RobotState
from tests.agent.body import WAIT_S, Desk, Page, Simulator
from tests.agent.test_robot import in_the_room

NEAR_DEG = 1.5
ASK_AGAIN_S = 3.0  # a person whose tap came to nothing taps again
SLOW_FPS = 5  # a camera that is slow gives three pictures a second

HEAD = frozenset({"pan", "tilt"})
BUS = HEAD | {"lights"}
POSES = itertools.cycle(((14.0, 7.0), (-14.0, -7.0)))  # apart further than a hand that holds the head is noticed at
MOODS = itertools.cycle((Mood.HAPPY, Mood.SAD))


@dataclass(frozen=True)
class Case:
    """Switches that are thrown together, the faults that come of it with the words of each, and what stands still."""

    wish: Mapping[str, object]
    faults: Mapping[Fault, str] = field(default_factory=dict)
    dead: frozenset[str] = frozenset()


OF_THE_BUS = (
    Case(
        {"silent_pan": True, "silent_board": True},
        {Fault.HEAD: "the pan servo (id 1) does not answer", Fault.HEAD_BOARD: "device 10 does not answer"},
        frozenset({"pan", "lights"}),
    ),
    Case(
        {"silent_tilt": True, "battery_percent": 5},
        {Fault.HEAD: "the tilt servo (id 2) does not answer", Fault.BATTERY_LOW: "the battery is low"},
        frozenset({"tilt"}),
    ),
    Case({"block_pan": True, "block_tilt": True}, {Fault.HEAD_BLOCKED: "something holds the head ("}, HEAD),
    Case({"hot_pan": True, "hot_tilt": True}, {Fault.HEAD: "the servo is too hot", Fault.HEAD_HOT: "°C"}, HEAD),
    Case({"supply_v": 3.2}, {Fault.HEAD: "the supply voltage is out of range", Fault.HEAD_POWER: " V"}, HEAD),
    Case({"unplugged": True}, {Fault.HEAD: "is gone", Fault.HEAD_BOARD: "is gone"}, BUS),
    Case({"late_ms": 60}, {Fault.HEAD: "does not answer", Fault.HEAD_BOARD: "does not answer"}, BUS),
    Case({"corrupt_rate": 0.003, "late_ms": 3}),
)
OF_CAMERA_AND_SOUND = (
    Case({"camera": "gone"}, {Fault.CAMERA: "stopped sending pictures"}, frozenset({"picture"})),
    Case({"sound": "microphone_gone"}, {Fault.MICROPHONE: "sound device"}, frozenset({"sound"})),
    Case(
        {"camera": "frozen", "sound": "server_killed"},
        {Fault.CAMERA: "stopped sending pictures", Fault.MICROPHONE: "sound device"},
        frozenset({"picture", "sound"}),
    ),
)


class Robot:
    """A robot with somebody in its room, whose every part is asked to do something."""

    def __init__(self, desk: Desk, simulator: Simulator, page: Page) -> None:
        self._desk, self._simulator, self._page = desk, simulator, page
        self._pose, self._mood = next(POSES), next(MOODS)

    async def ask(self) -> None:
        """Another pose and another face."""
        self._pose, self._mood = next(POSES), next(MOODS)
        await self._send()

    async def _send(self) -> None:
        desk, (pan, tilt) = self._desk, self._pose
        await desk.send(topics.COMMAND, desk.command(self._page, LookAt(pan_deg=pan, tilt_deg=tilt)))
        await desk.send(topics.COMMAND, desk.command(self._page, SetMood(mood=self._mood)))

    async def goes_on(self, dead: frozenset[str], why: str) -> None:
        """All but what is dead does what it was asked to do since."""
        assert self._desk.state is not None
        since = self._desk.state.seq
        await self.ask()
        ask_again_s = time.monotonic() + ASK_AGAIN_S
        try:
            async with asyncio.timeout(WAIT_S):
                while (still := self._still(await asyncio.to_thread(self._simulator.state), since)) - dead:
                    await asyncio.sleep(0.05)
                    if time.monotonic() > ask_again_s:
                        ask_again_s += ASK_AGAIN_S
                        await self._send()
        except TimeoutError:
            raise AssertionError(f"{why}: {sorted(still - dead)} stand still; state {self._desk.state}") from None

    def _still(self, body: dict[str, Any], since: int) -> set[str]:
        state = self._desk.state
        assert state is not None
        sent = state.quality is not None and state.quality.fps > 0 and state.seq > since
        does = {
            "pan": abs(body["pan_deg"] - self._pose[0]) < NEAR_DEG,
            "tilt": abs(body["tilt_deg"] - self._pose[1]) < NEAR_DEG,
            "lights": body["eyes"] == self._mood.value,
            "picture": sent and body["camera_open"],
            "sound": body["microphone_open"] and state.microphone_open,
            "session": state.session is not None and state.session.media == "connected",
        }
        return {part for part, well in does.items() if not well}


@pytest.fixture(autouse=True)
def in_order(simulator: Simulator) -> Iterator[None]:
    """A test that fails leaves a body in order."""
    yield
    simulator.mend()


@pytest.fixture
async def robot_in_use(desk: Desk, simulator: Simulator) -> AsyncIterator[Robot]:
    async with in_the_room(desk, "kari") as page:
        robot = Robot(desk, simulator, page)
        await robot.goes_on(frozenset(), "at the beginning")
        yield robot


async def breaks_and_comes_back(
    case: Case, desk: Desk, simulator: Simulator, robot: Robot, robot_log: list[str]
) -> None:
    desk.said.clear()
    said_before = len(robot_log)
    await asyncio.to_thread(lambda: simulator.throw(**case.wish))
    await robot.ask()  # a hand that holds the head is noticed only by who tries to turn it
    await desk.until_state(lambda s: has(s, case.faults), f"{case.wish} in the state")
    for fault, words in case.faults.items():
        assert (await desk.word(FaultRaised, lambda e, f=fault: e.fault is f)).detail
        await logged(robot_log, said_before, f"{fault}: ", words)
    await robot.goes_on(case.dead, f"with {case.wish}")
    assert desk.state is not None
    assert has(desk.state, case.faults), "it is still told"
    await asyncio.to_thread(simulator.mend)
    await robot.ask()
    await desk.until_state(lambda s: not s.faults, f"all to be well after {case.wish}")
    for fault in case.faults:
        await desk.word(FaultCleared, lambda e, f=fault: e.fault is f)
    await robot.goes_on(frozenset(), f"after {case.wish}")


async def logged(robot_log: list[str], since: int, *words: str) -> None:
    """Until one line of the log holds all of it."""
    try:
        async with asyncio.timeout(WAIT_S):
            while not any(all(part in line for part in words) for line in robot_log[since:]):
                await asyncio.sleep(0.05)
    except TimeoutError:
        raise AssertionError(f"not logged: {words}; but {robot_log[since:]}") from None


def has(state: RobotState, faults: Mapping[Fault, str]) -> bool:
    return set(faults) <= set(state.faults)


async def test_what_fails_on_the_bus_costs_neither_picture_nor_sound_nor_the_other_axis(
    desk: Desk, simulator: Simulator, robot_in_use: Robot, robot_log: list[str]
) -> None:
    for case in OF_THE_BUS:
        await breaks_and_comes_back(case, desk, simulator, robot_in_use, robot_log)


async def test_camera_and_sound_fail_each_for_itself_and_the_head_goes_on(
    desk: Desk, simulator: Simulator, robot_in_use: Robot, robot_log: list[str]
) -> None:
    for case in OF_CAMERA_AND_SOUND:
        await breaks_and_comes_back(case, desk, simulator, robot_in_use, robot_log)


async def test_a_slow_camera_is_no_fault_and_is_told_by_the_frame_rate(
    desk: Desk, simulator: Simulator, robot_in_use: Robot
) -> None:
    await asyncio.to_thread(lambda: simulator.throw(camera="slow"))
    slow = await desk.until_state(lambda s: s.quality is not None and s.quality.fps < SLOW_FPS, "few pictures")
    assert slow.faults == ()
    await robot_in_use.goes_on(frozenset({"picture"}), "with a slow camera")
    await asyncio.to_thread(simulator.mend)
    await robot_in_use.goes_on(frozenset(), "after a slow camera")


async def test_with_everything_broken_at_once_the_hand_can_still_be_raised(desk: Desk, simulator: Simulator) -> None:
    async with in_the_room(desk, "kari") as page:
        robot = Robot(desk, simulator, page)
        everything = {"unplugged": True, "camera": "gone", "sound": "server_killed"}
        await asyncio.to_thread(lambda: simulator.throw(**everything))
        faults = {Fault.HEAD, Fault.HEAD_BOARD, Fault.CAMERA, Fault.MICROPHONE}
        broken = await desk.until_state(lambda s: set(s.faults) == faults, "all of it in the state")
        assert broken.battery is None, "what it held when the cable was in says nothing now"
        command = desk.command(page, RaiseHand(raised=True))
        await desk.send(topics.COMMAND, command)
        done = await desk.word(Done, lambda d: d.id == command.id)
        assert done.applied == HandApplied(raised=True)
        await asyncio.to_thread(simulator.mend)
        await desk.until_state(lambda s: not s.faults, "all to be well again")
        await robot.goes_on(frozenset(), "after everything was broken")


async def test_a_charger_lifts_the_word_about_the_battery_and_a_short_press_is_told(
    desk: Desk, simulator: Simulator
) -> None:
    await asyncio.to_thread(lambda: simulator.throw(battery_percent=5))
    low = await desk.until_state(lambda s: Fault.BATTERY_LOW in s.faults, "the battery to be low")
    assert low.battery is not None
    assert (low.battery.percent, low.battery.charging) == (5, False)
    await asyncio.to_thread(lambda: simulator.throw(charging=True, button="short"))
    charging = await desk.until_state(lambda s: Fault.BATTERY_LOW not in s.faults, "the charger to be noticed")
    assert charging.battery is not None
    assert charging.battery.charging
    assert (await desk.word(ButtonPressed)).press == "short"


async def test_a_fault_whose_cause_changes_is_told_again_and_stays_one_fault(desk: Desk, simulator: Simulator) -> None:
    desk.said.clear()
    await asyncio.to_thread(lambda: simulator.throw(silent_pan=True))
    await desk.word(FaultRaised, lambda e: e.fault is Fault.HEAD and "does not answer" in e.detail)
    await asyncio.to_thread(lambda: simulator.throw(unplugged=True))
    await desk.word(FaultRaised, lambda e: e.fault is Fault.HEAD and "serial port" in e.detail)
    assert not [word for word in desk.said if isinstance(word, FaultCleared) and word.fault is Fault.HEAD]
    await asyncio.to_thread(simulator.mend)
    await desk.word(FaultCleared, lambda e: e.fault is Fault.HEAD)
