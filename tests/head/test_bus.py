"""The asyncio master over a real pty."""

from __future__ import annotations

import asyncio
import contextlib
import struct
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import serial

from robot_agent.head.bus import Bus, Unicast
from robot_agent.head.errors import (
    NoReplyError,
    PortBusyError,
    PortLostError,
    PortUnavailableError,
    StatusError,
    ValueRangeError,
)
from robot_agent.head.poller import PresentPoller
from robot_agent.head.registers import (
    BOARD_EYES,
    BOARD_HAND_BLINK,
    BOARD_HAND_RED,
    GOAL_POSITION,
    OPERATING_MODE,
    PRESENT,
    PRESENT_POSITION,
    TORQUE_ENABLE,
    Block,
)
from robot_agent.head.transaction import ping_request
from tests.head.fake_bus import FakeBus

LATENCY_S = 0.1  # a machine that runs other tests beside this one
PATIENCE_S = 10.0


async def patiently() -> float:
    return time.monotonic() + PATIENCE_S


@pytest.fixture
async def bus(fake: FakeBus) -> AsyncIterator[Bus]:
    opened = Bus(str(fake.path), 1_000_000, LATENCY_S)
    opened.unicast = Unicast(opened, patiently)
    yield opened
    opened.close()


def position(data: bytes) -> float:
    return PRESENT_POSITION.within(PRESENT, data)


async def test_ping_read_and_write(fake: FakeBus, bus: Bus) -> None:
    info = await bus.unicast.ping(1)
    assert (info.model, info.firmware) == (1200, 46)
    await bus.unicast.write(2, TORQUE_ENABLE, 1)
    assert fake.tilt.torque
    fake.pan.deg = 45
    assert await bus.unicast.read(1, PRESENT_POSITION) == pytest.approx(45, abs=0.1)


async def test_errors_carry_id_register_and_value(fake: FakeBus, bus: Bus) -> None:
    fake.pan.table[64] = 1
    with pytest.raises(StatusError, match="locked while torque is on") as refused:
        await bus.unicast.write(1, OPERATING_MODE, 5)
    error = refused.value
    assert (error.id, error.register, error.value, error.code) == (1, "operating_mode", 5, 7)
    with pytest.raises(StatusError, match="out of range"):
        await bus.unicast.write(10, BOARD_HAND_BLINK, 100)
    with pytest.raises(ValueRangeError, match="goal_position"):
        await bus.unicast.write(1, GOAL_POSITION, 1e9)


async def test_a_silent_device_is_an_error_and_the_next_exchange_works(fake: FakeBus, bus: Bus) -> None:
    fake.faults.silent = {1}
    with pytest.raises(NoReplyError) as silent:
        await bus.unicast.read(1, PRESENT_POSITION)
    assert (silent.value.id, silent.value.register) == (1, "present_position")
    assert (await bus.unicast.ping(2)).model == 1200


async def test_neighbours_are_written_in_one_frame(fake: FakeBus, bus: Bus) -> None:
    with pytest.raises(ValueRangeError, match="gap after eyes"):
        await bus.unicast.write_many(10, {BOARD_EYES: 1, BOARD_HAND_RED: 2})
    assert fake.board.writes == []


@pytest.mark.parametrize("size", [1, 2, 3, 4])
async def test_any_size_can_be_read(fake: FakeBus, bus: Bus, size: int) -> None:
    """3 bytes too, although a ping's answer has as many."""
    fake.board.table[200:204] = b"abcd"
    assert await bus.unicast.read_block(10, Block("some", 200, size)) == b"abcd"[:size]


async def test_sync_write_and_both_sync_reads(fake: FakeBus, bus: Bus) -> None:
    fake.pan.deg, fake.tilt.deg = 30, -10
    await bus.sync_write(TORQUE_ENABLE, {1: 0, 2: 0})
    for read in (bus.sync_read, bus.fast_sync_read):
        result = await read(PRESENT, (1, 2), await patiently())
        assert not result.failed
        assert [position(result.data[i]) for i in (1, 2)] == pytest.approx([30, -10], abs=0.1)


@pytest.mark.parametrize("fast", [False, True])
async def test_a_silent_servo_costs_the_one_before_it_nothing(fake: FakeBus, bus: Bus, fast: bool) -> None:
    fake.faults.silent = {2}
    read = bus.fast_sync_read if fast else bus.sync_read
    result = await read(PRESENT, (1, 2), await patiently())
    assert set(result.data) == {1}
    assert isinstance(result.failed[2], NoReplyError)


async def test_bytes_of_the_header_in_the_data(fake: FakeBus, bus: Bus) -> None:
    """Velocity -1 and a position that ends in FD make FF FF FD in both kinds of answer."""
    for device in (fake.pan, fake.tilt):
        device.deg = (0x0BFD - 2048) * 360 / 4096
    hostile = struct.pack("<hii", -1, -3, 0x00FDFFFF)
    fake.board.table[200:210] = hostile
    assert await bus.unicast.read_block(10, Block("hostile", 200, 10)) == hostile
    fake.pan.table[:] = hostile[:10] * 25 + bytes(6)
    fake.pan.table[64] = 0
    result = await bus.fast_sync_read(Block("hostile", 160, 10), (1, 2), await patiently())
    assert result.data[1] == hostile


async def test_a_late_answer_is_never_the_answer_to_the_next_request(fake: FakeBus) -> None:
    bus = Bus(str(fake.path), 1_000_000, 0.004)
    fake.board.table[200:208] = b"oldanew!"
    for late in (0.006, 0.012, 0.02, 0.03):
        fake.faults.late = {10: late}
        with contextlib.suppress(NoReplyError):
            assert await bus.unicast.read_block(10, Block("old", 200, 4)) == b"olda"
        fake.faults.late = {}
        with contextlib.suppress(NoReplyError):
            assert await bus.unicast.read_block(10, Block("new", 204, 4)) == b"new!"
        await asyncio.sleep(late)  # whatever is still on its way belongs to this round
    bus.close()


async def test_a_port_that_does_not_exist(tmp_path: Path) -> None:
    with pytest.raises(PortUnavailableError, match="No such file"):
        Bus(str(tmp_path / "none"), 1_000_000, LATENCY_S)


async def test_a_port_that_is_no_serial_line(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.touch()
    with pytest.raises(PortUnavailableError):
        Bus(str(file), 1_000_000, LATENCY_S)


async def test_a_port_in_use(fake: FakeBus) -> None:
    with (
        serial.Serial(str(fake.path), 1_000_000, exclusive=True),
        pytest.raises(PortBusyError, match="in use by another program"),
    ):
        Bus(str(fake.path), 1_000_000, LATENCY_S)
    Bus(str(fake.path), 1_000_000, LATENCY_S).close()


async def test_unplugging_ends_the_exchange_at_once(fake: FakeBus) -> None:
    bus = Bus(str(fake.path), 1_000_000, 5.0)
    fake.faults.silent = {1}
    asking = asyncio.create_task(bus.unicast.ping(1))
    await asyncio.sleep(0)
    asyncio.get_running_loop().call_later(0.02, fake.unplug)
    with pytest.raises(PortLostError, match="is the cable in"):
        await asyncio.wait_for(asking, 2)
    with pytest.raises(PortLostError):
        await bus.sync_write(TORQUE_ENABLE, {1: 1})
    bus.close()


async def test_a_cancelled_exchange_does_not_disturb_the_next(fake: FakeBus, bus: Bus) -> None:
    fake.faults.delay_s = 0.01
    asking = asyncio.create_task(bus.unicast.read(1, PRESENT_POSITION))
    await asyncio.sleep(0.002)
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking
    fake.faults.delay_s = 0
    fake.tilt.deg = 20
    assert await bus.unicast.read(2, PRESENT_POSITION) == pytest.approx(20, abs=0.1)


@pytest.mark.parametrize("fault", ["corrupt", "loss", "bytes"])
async def test_no_wrong_value_is_ever_taken_as_right(fake: FakeBus, fault: str) -> None:
    """200 reads of changing values over a bad line: each is right or an error."""
    bus = Bus(str(fake.path), 1_000_000, 0.003)
    if fault == "corrupt":
        fake.faults.corrupt = 0.3
    elif fault == "loss":
        fake.faults.loss = 0.2
    else:
        fake.faults.byte_at_a_time = True
    right = 0
    for turn in range(200):
        address = 160 + turn % 50
        expected = struct.pack("<I", 0xFDFFFF00 + turn * 0x01010101 & 0xFFFFFFFF)
        fake.board.table[address : address + 4] = expected
        try:
            assert await bus.unicast.read_block(10, Block("turn", address, 4)) == expected
            right += 1
        except NoReplyError:
            continue
    assert right > 100
    bus.close()


async def test_a_hurry_ends_an_exchange_with_the_try_that_it_is_at(fake: FakeBus, bus: Bus) -> None:
    bus.make_way()  # nothing is under way
    fake.faults.silent = {1}
    until = time.monotonic() + PATIENCE_S
    asking = asyncio.create_task(bus.exchange(ping_request(1), attempts=40, give_up_at=until))
    while not fake.frames:
        await asyncio.sleep(0.001)
    bus.make_way()
    assert not (await asyncio.wait_for(asking, PATIENCE_S)).replies
    assert fake.frames <= 2, "the second one where the first had timed out before the hurry"


async def test_in_a_hurry_nobody_is_asked_twice_where_the_head_is(fake: FakeBus, bus: Bus) -> None:
    fake.faults.silent = {1}  # which silences the batch
    poller = PresentPoller(bus)
    until = time.monotonic() + PATIENCE_S
    assert await poller.poll((1, 2), until, lambda: True) == {}
    assert poller.asked == {1, 2}
    assert set(await poller.poll((1, 2), until, lambda: False)) == {2}
