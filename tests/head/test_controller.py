"""The head end to end over a real pty: good and bad lines, set-points, a blocked head, button and battery."""

from __future__ import annotations

import asyncio
import time

import pytest

from protocol.state import Fault
from robot_agent.head.settings import PanSettings
from tests.head.fake_bus import FakeBus, Faults
from tests.head.running import HAND_UP, HAND_UP_BYTES, both_up, running, shown, until


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
