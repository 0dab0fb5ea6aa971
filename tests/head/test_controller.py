"""The head end to end over a real pty: clean and bad lines, silent parts, unplugging, the stop."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest

from protocol.state import Eyes, Fault, HandLight, Pose
from robot_agent.head.controller import HeadController
from robot_agent.head.lights import Lights
from robot_agent.head.settings import HeadSettings, PanSettings, SerialSettings
from tests.head.fake_bus import FakeBus, Faults

GENEROUS_S = 15.0
SLACK_S = 0.5  # a machine that runs other tests beside this one
HAND_UP = Lights(Eyes.HAPPY, HandLight.BLINK)
HAND_UP_BYTES = bytes([2, 0, 0, 180, 60, 20, 15, 0])


class Head:
    """A controller that runs, and what it told."""

    def __init__(self, fake: FakeBus, pan: PanSettings | None = None) -> None:
        serial, settings = SerialSettings(port=str(fake.path)), HeadSettings(pan=pan or PanSettings())
        self.poses: list[Pose] = []
        self.faults: dict[Fault, str] = {}
        self.pressed: list[str] = []
        self.controller = HeadController(serial, settings, self.poses.append, self._fault, self.pressed.append)

    def _fault(self, fault: Fault, words: str | None) -> None:
        if words is None:
            del self.faults[fault]
        else:
            self.faults[fault] = words

    def at(self, pan: float, tilt: float, within: float = 0.5) -> bool:
        pose = self.controller.pose
        return (
            pose is not None
            and abs(pose.pan_deg - pan) <= within
            and abs(pose.tilt_deg - tilt) <= within
            and not pose.moving
        )


@asynccontextmanager
async def running(fake: FakeBus, pan: PanSettings | None = None) -> AsyncIterator[Head]:
    head = Head(fake, pan)
    task = asyncio.create_task(head.controller.run())
    try:
        yield head
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def until(condition: Callable[[], object], what: str = "") -> None:
    deadline = time.monotonic() + GENEROUS_S
    while not condition():
        assert time.monotonic() < deadline, f"it never happened: {what}"
        await asyncio.sleep(0.005)


def both_up(fake: FakeBus) -> bool:
    return fake.pan.table[98] == 15 and fake.tilt.table[98] == 15


def shown(fake: FakeBus) -> bytes:
    return bytes(fake.board.table[64:72])


@pytest.mark.parametrize(
    "line",
    [
        Faults(),
        Faults(byte_at_a_time=True),
        Faults(loss=0.2),
        Faults(delay_s=0.004),
        Faults(no_fast_read=True),
    ],
    ids=["clean", "byte-at-a-time", "20 % loss", "delayed", "no fast read"],
)
async def test_the_head_on_good_and_bad_lines(fake: FakeBus, line: Faults) -> None:
    fake.faults = line
    fake.pan.deg, fake.tilt.deg = -20, 10
    async with running(fake) as head:
        await until(lambda: both_up(fake), "both servos set up")
        head.controller.set_lights(HAND_UP)
        await until(lambda: shown(fake) == HAND_UP_BYTES, "hand light")
        assert head.controller.look_at(60, 90) == (60, 40)
        await until(lambda: head.at(60, 40), "turned to 60, 40")
        await until(lambda: fake.pan.deg == pytest.approx(60, abs=0.2), "the last goal through")
        await until(lambda: head.controller.battery, "battery")
        assert head.controller.battery is not None
        assert head.controller.battery.percent == 80
        await head.controller.stop()
    assert fake.pan.deg == pytest.approx(0, abs=2)
    assert fake.tilt.deg == pytest.approx(-20, abs=2)


async def test_set_up_writes_only_what_differs_and_never_jumps(fake: FakeBus) -> None:
    fake.pan.deg, fake.tilt.deg = 100, 30
    async with running(fake) as head:
        await until(lambda: both_up(fake) and head.poses)
        await asyncio.sleep(0.2)
        assert fake.pan.torque
        assert fake.pan.table[11] == 5
        assert fake.pan.number(102, "h") == 450
        assert fake.pan.deg == pytest.approx(100, abs=0.1)
        assert fake.tilt.deg == pytest.approx(30, abs=0.1)
        assert all(abs(goal - 100) < 0.1 for _, goal in fake.pan.goals)
    eeprom = [address for address, _ in fake.pan.writes if address < 64]
    assert sorted(eeprom) == [9, 11, 38, 48, 52]
    fake.pan.writes.clear()
    async with running(fake) as head:
        await until(lambda: head.poses)
        await until(lambda: both_up(fake))
        await asyncio.sleep(0.1)
    assert not [address for address, _ in fake.pan.writes if address < 64]
    assert (64, b"\0") not in fake.pan.writes, "the torque stays on when nothing is to be changed"


async def test_set_points_are_followed_within_slew_and_then_the_watchdog_holds(fake: FakeBus) -> None:
    async with running(fake) as head:
        await until(lambda: both_up(fake) and head.poses)
        fake.pan.goals.clear()
        for seq in range(5):
            assert head.controller.steer(175, 0, seq)
            await asyncio.sleep(0.05)
        last = time.monotonic()
        assert not head.controller.steer(-170, 0, 3)
        await until(lambda: head.at(fake.pan.goals[-1][1], 0, 1) and time.monotonic() - last > 0.3)
        still = fake.pan.deg
        await asyncio.sleep(0.2)
        assert fake.pan.deg == pytest.approx(still, abs=0.1)
        assert 30 < still < 165
        assert head.controller.pose is not None
        assert head.controller.pose.seq == 4
    first, *rest = fake.pan.goals
    for at, goal in rest:
        assert goal - first[1] <= 150 * (at - first[0] + 0.1), "faster than the slew"


async def test_a_mirrored_servo(fake: FakeBus) -> None:
    pan = PanSettings(direction=-1, zero_deg=5, min_deg=-90, max_deg=60)
    async with running(fake, pan) as head:
        await until(lambda: both_up(fake))
        assert head.controller.look_at(90, 0) == (60, 0)
        await until(lambda: head.at(60, 0))
        assert fake.pan.deg == pytest.approx(-55, abs=0.2)
    assert fake.pan.number(52, "i") == round(2048 - 55 * 4096 / 360)
    assert fake.pan.number(48, "i") == round(2048 + 95 * 4096 / 360)


async def test_poses_come_at_30_hz_and_the_tick_is_counted(fake: FakeBus) -> None:
    async with running(fake) as head:
        await until(lambda: both_up(fake) and head.poses)
        head.poses.clear()
        start = time.monotonic()
        await until(lambda: len(head.poses) >= 30)
        assert 0.8 <= time.monotonic() - start <= 3
        stats = head.controller.tick_stats
        assert stats.count > 40
        assert 0 <= stats.p50_ms <= stats.p99_ms <= stats.max_ms


async def test_a_silent_servo_does_not_stop_the_other(fake: FakeBus) -> None:
    """Either of them: the first in the chain silences the whole batch, the second ends it."""
    async with running(fake) as head:
        await until(lambda: both_up(fake))
        fake.faults.silent = {1}
        await until(lambda: "id 1" in head.faults.get(Fault.HEAD, ""), "fault")
        head.controller.look_at(0, 20)
        await until(lambda: abs(fake.tilt.deg - 20) < 0.2, "tilt arrives")
        fake.faults.silent = set()
        await until(lambda: Fault.HEAD not in head.faults and both_up(fake), "well again")
        fake.faults.silent = {2}
        await until(lambda: "id 2" in head.faults.get(Fault.HEAD, ""), "fault")
        head.controller.look_at(50, 30)
        await until(lambda: abs(fake.pan.deg - 50) < 0.2, "pan arrives")
        fake.faults.silent = set()
        await until(lambda: head.at(50, 30), "the goal is kept for the one that was away")
        assert Fault.HEAD not in head.faults


async def test_a_servo_silent_in_some_ticks_is_no_fault_and_costs_the_other_nothing(fake: FakeBus) -> None:
    async with running(fake) as head:
        await until(lambda: both_up(fake) and head.poses)
        for _ in range(5):
            ticks = head.controller.tick_stats.count
            fake.faults.silent = {1}
            await until(lambda ticks=ticks: head.controller.tick_stats.count >= ticks + 2)  # type: ignore[misc]
            fake.faults.silent = set()
            await until(lambda ticks=ticks: head.controller.tick_stats.count >= ticks + 5)  # type: ignore[misc]
        assert head.faults == {}


async def test_a_servo_that_answers_only_beside_the_other_is_not_away(fake: FakeBus) -> None:
    """As on a busy computer, where an answer of its own comes too late: it is asked with the other again."""
    async with running(fake) as head:
        await until(lambda: both_up(fake) and head.poses)
        ticks = head.controller.tick_stats.count
        fake.faults.silent = {2}
        await until(lambda: head.controller.tick_stats.count >= ticks + 4)
        fake.faults.silent, fake.faults.shy = set(), {2}
        await until(lambda: head.faults or head.controller.tick_stats.count >= ticks + 60)
        assert head.faults == {}


async def test_a_silent_board_does_not_stop_the_head(fake: FakeBus) -> None:
    async with running(fake) as head:
        await until(lambda: both_up(fake))
        await until(lambda: head.controller.battery)
        fake.faults.silent = {10}
        await until(lambda: Fault.HEAD_BOARD in head.faults, "fault")
        assert head.controller.battery is None
        head.controller.set_lights(HAND_UP)
        head.controller.look_at(40, 0)
        await until(lambda: head.at(40, 0))
        assert Fault.HEAD not in head.faults
        fake.faults.silent = set()
        await until(lambda: shown(fake) == HAND_UP_BYTES, "the lights come when the board is back")
        await until(lambda: Fault.HEAD_BOARD not in head.faults)


async def test_a_board_that_restarted_gets_its_lights_again(fake: FakeBus) -> None:
    async with running(fake) as head:
        head.controller.set_lights(HAND_UP)
        await until(lambda: shown(fake) == HAND_UP_BYTES)
        fake.board.table[64:72] = bytes(8)
        await until(lambda: shown(fake) == HAND_UP_BYTES)


async def test_unplugging_and_plugging_in(fake: FakeBus) -> None:
    async with running(fake) as head:
        head.controller.set_lights(HAND_UP)
        await until(lambda: both_up(fake) and shown(fake) == HAND_UP_BYTES)
        head.controller.look_at(80, 0)
        await asyncio.sleep(0.1)
        fake.unplug()
        await until(lambda: Fault.HEAD in head.faults)
        assert "cable" in head.faults[Fault.HEAD]
        fake.pan.restart()
        fake.tilt.restart()
        fake.board.table[64:72] = bytes(8)
        fake.replug()
        await until(lambda: shown(fake) == HAND_UP_BYTES, "lights")
        await until(lambda: head.at(80, 0), "goal")
        assert Fault.HEAD not in head.faults


async def test_a_port_that_is_missing_at_the_start(fake: FakeBus) -> None:
    fake.unplug()
    async with running(fake) as head:
        await until(lambda: Fault.HEAD in head.faults)
        start = time.monotonic()
        fake.replug()
        await until(lambda: both_up(fake))
        assert time.monotonic() - start < 2.5 + SLACK_S
        assert Fault.HEAD not in head.faults


async def test_a_servo_that_restarted_is_set_up_again(fake: FakeBus) -> None:
    async with running(fake) as head:
        await until(lambda: both_up(fake))
        head.controller.look_at(30, 0)
        await until(lambda: head.at(30, 0))
        fake.pan.restart()
        await until(lambda: fake.pan.torque and both_up(fake), "torque on again")
        head.controller.look_at(-30, 0)
        await until(lambda: head.at(-30, 0))


async def test_a_servo_whose_watchdog_tripped_moves_again(fake: FakeBus) -> None:
    async with running(fake) as head:
        await until(lambda: both_up(fake))
        fake.pan.table[98] = 0xFF
        head.controller.look_at(30, 0)
        await until(lambda: head.at(30, 0))


async def test_when_the_agent_is_gone_the_servos_stop_by_themselves_and_go_on_when_it_is_back(fake: FakeBus) -> None:
    async with running(fake) as head:
        await until(lambda: both_up(fake))
        head.controller.look_at(170, 0)
        await until(lambda: fake.pan.deg > 20, "on its way")

    def tripped() -> bool:
        fake.pan.move()
        return fake.pan.table[98] == 0xFF

    await until(tripped, "the servo's own watchdog")
    still = fake.pan.deg
    assert 20 < still < 165
    async with running(fake) as head:
        await until(lambda: both_up(fake))
        assert fake.pan.deg == pytest.approx(still, abs=0.1)
        head.controller.look_at(-30, 0)
        await until(lambda: head.at(-30, 0))


async def test_a_servo_with_a_hardware_error_is_rebooted_and_says_why(fake: FakeBus) -> None:
    async with running(fake) as head:
        await until(lambda: both_up(fake))
        fake.tilt.table[70] = 0b100
        await until(lambda: fake.reboots == [2])
        await until(lambda: "too hot" in head.faults.get(Fault.HEAD, ""), "in words")
        await until(lambda: Fault.HEAD not in head.faults and fake.tilt.torque)


async def test_a_servo_too_hot_is_restarted_only_when_it_has_cooled(fake: FakeBus) -> None:
    async with running(fake) as head:
        await until(lambda: both_up(fake))
        fake.tilt.table[146] = 67
        await until(lambda: "67 °C warm" in head.faults.get(Fault.HEAD_HOT, ""), "told before it stops")
        fake.tilt.table[146], fake.tilt.table[70], fake.tilt.table[64] = 71, 0b100, 0
        await until(lambda: "let go" in head.faults.get(Fault.HEAD_HOT, ""), "told that it stopped")
        await until(lambda: "below 55 °C" in head.faults.get(Fault.HEAD, ""), "and when it goes on")
        head.controller.look_at(30, 0)
        await until(lambda: abs(fake.pan.deg - 30) < 0.2, "the other one turns")
        assert fake.reboots == []
        fake.tilt.table[146] = 50
        await until(lambda: fake.reboots == [2] and fake.tilt.torque and both_up(fake), "restarted and set up")
        await until(lambda: not head.faults, "well again, without a restart of the agent")


async def test_a_supply_that_sags_is_told_in_words(fake: FakeBus) -> None:
    async with running(fake) as head:
        await until(lambda: both_up(fake))
        fake.pan.table[144] = 32
        await until(lambda: "gets 3.2 V and needs 3.5 to 7.0 V" in head.faults.get(Fault.HEAD_POWER, ""), "in words")
        fake.unplug()
        await until(lambda: Fault.HEAD in head.faults and Fault.HEAD_POWER not in head.faults, "nothing is known now")
        fake.pan.table[144] = 50
        fake.replug()
        await until(lambda: not head.faults and both_up(fake))


async def test_a_head_held_near_its_goal_stops_pushing_too(fake: FakeBus) -> None:
    async with running(fake) as head:
        await until(lambda: both_up(fake))
        fake.pan.blocked = True
        head.controller.look_at(5, 0)
        await until(lambda: Fault.HEAD_BLOCKED in head.faults)
        await until(lambda: abs(fake.pan.goal_deg) < 1, "the goal is where the head is held")


async def test_another_kind_of_servo_is_refused(fake: FakeBus) -> None:
    fake.tilt.table[0:2] = (1060).to_bytes(2, "little")
    async with running(fake) as head:
        await until(lambda: "1060 is not an XL330" in head.faults.get(Fault.HEAD, ""))
        assert not fake.tilt.torque
        assert fake.pan.torque


async def test_a_blocked_head_gives_way_and_says_so(fake: FakeBus) -> None:
    async with running(fake) as head:
        await until(lambda: both_up(fake))
        fake.pan.blocked = True
        head.controller.look_at(60, 0)
        await until(lambda: Fault.HEAD_BLOCKED in head.faults)
        await until(lambda: abs(fake.pan.goal_deg) < 1, "the goal is where the head is held")
        fake.pan.blocked = False
        head.controller.look_at(60, 0)
        await until(lambda: head.at(60, 0))
        assert Fault.HEAD_BLOCKED not in head.faults


async def test_button_presses_and_a_board_whose_counter_began_anew(fake: FakeBus) -> None:
    fake.board.table[133] = 254
    async with running(fake) as head:
        await until(lambda: head.controller.battery)
        fake.board.table[133:135] = bytes((1, 12))  # three presses over the wrap, the last one of 1.2 s
        await until(lambda: len(head.pressed) == 3)
        assert head.pressed == ["short", "short", "long"]
        fake.board.table[132:135] = bytes((1, 1, 50))  # under way for 5 s
        await until(lambda: len(head.pressed) == 4)
        fake.board.table[132:135] = bytes((0, 150, 0))
        read, looks = fake.board.read, []
        fake.board.read = lambda address, size: (looks.append(address), read(address, size))[1]  # type: ignore[method-assign]
        await until(lambda: looks.count(128) >= 2, "the board to be looked at")
        fake.board.table[132:135] = bytes((0, 151, 2))  # one more, seen after that
        await until(lambda: len(head.pressed) > 4)
        assert head.pressed[3:] == ["very_long", "short"]


async def test_a_low_battery_is_a_fault_until_it_charges(fake: FakeBus) -> None:
    async with running(fake) as head:
        fake.board.table[128] = 10
        await until(lambda: Fault.BATTERY_LOW in head.faults)
        fake.board.table[129] = 1
        await until(lambda: Fault.BATTERY_LOW not in head.faults)


async def test_stop_rests_from_the_far_end_in_time(fake: FakeBus) -> None:
    async with running(fake) as head:
        head.controller.set_lights(HAND_UP)
        await until(lambda: both_up(fake) and shown(fake) == HAND_UP_BYTES)
        head.controller.look_at(175, 40)
        await until(lambda: head.at(175, 40))
        start = time.monotonic()
        await head.controller.stop()
        assert time.monotonic() - start < 1.6 + SLACK_S
        assert fake.pan.deg == pytest.approx(0, abs=2)
        assert fake.tilt.deg == pytest.approx(-20, abs=2)
        assert not fake.pan.torque
        assert not fake.tilt.torque
        assert fake.pan.table[98] == fake.tilt.table[98] == 0, "no watchdog trips later"
        assert shown(fake) == bytes(8), "dark, and no fault pattern later"
        frames = fake.frames
        await asyncio.sleep(0.1)
        assert fake.frames == frames, "the port is closed"
        assert not head.controller.steer(10, 0, 99)


async def test_stop_with_a_blocked_head_or_without_a_body_ends_in_time(fake: FakeBus) -> None:
    async with running(fake) as head:
        await until(lambda: both_up(fake))
        head.controller.look_at(100, 0)
        await until(lambda: head.at(100, 0))
        fake.pan.blocked = True
        start = time.monotonic()
        await head.controller.stop()
        assert time.monotonic() - start < 1.6 + SLACK_S
        assert not fake.pan.torque
    fake.unplug()
    async with running(fake) as head:
        await until(lambda: Fault.HEAD in head.faults)
        start = time.monotonic()
        await head.controller.stop()
        assert time.monotonic() - start < 0.5 + SLACK_S


async def test_stop_after_a_cancelled_run_still_rests_the_head(fake: FakeBus) -> None:
    async with running(fake) as head:
        head.controller.set_lights(HAND_UP)
        await until(lambda: both_up(fake) and shown(fake) == HAND_UP_BYTES)
        head.controller.look_at(60, 20)
        await until(lambda: head.at(60, 20))
    await head.controller.stop()
    assert fake.pan.deg == pytest.approx(0, abs=2)
    assert not fake.pan.torque
    assert shown(fake) == bytes(8)
    await head.controller.stop()


async def test_stop_before_run_does_nothing(fake: FakeBus) -> None:
    await Head(fake).controller.stop()
    assert fake.frames == 0
