"""The head end to end over a real pty: what is silent, unplugged, restarted or in alarm, and comes back."""

from __future__ import annotations

import asyncio
import time

import pytest

from protocol.state import Fault
from tests.head.fake_bus import FakeBus
from tests.head.running import HAND_UP, HAND_UP_BYTES, SLACK_S, both_up, running, shown, until


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
        await until(lambda: head.controller.battery)
        await until(lambda: both_up(fake) and shown(fake) == HAND_UP_BYTES)
        head.controller.look_at(80, 0)
        await asyncio.sleep(0.1)
        fake.unplug()
        await until(lambda: Fault.HEAD in head.faults)
        assert "cable" in head.faults[Fault.HEAD]
        assert head.faults[Fault.HEAD_BOARD] == head.faults[Fault.HEAD]
        assert head.controller.battery is None
        fake.pan.restart()
        fake.tilt.restart()
        fake.board.table[64:72] = bytes(8)
        fake.replug()
        await until(lambda: shown(fake) == HAND_UP_BYTES, "lights")
        await until(lambda: head.at(80, 0), "goal")
        assert Fault.HEAD not in head.faults
        await until(lambda: Fault.HEAD_BOARD not in head.faults and head.controller.battery, "the board")


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
