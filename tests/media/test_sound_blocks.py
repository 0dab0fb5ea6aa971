"""Blocks, rings and levels."""

from __future__ import annotations

import threading

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from robot_agent.media.blocks import (
    BLOCK,
    BLOCK_BYTES,
    RATE_HZ,
    SILENCE_DBFS,
    Block,
    BlockRing,
    LevelMeter,
    block_from_bytes,
    block_to_bytes,
    dbfs,
    silence,
)


def constant(value: int) -> Block:
    return np.full(BLOCK, value, dtype=np.int16)


def first_sample(block: Block | None) -> int:
    assert block is not None
    return int(block[0])


def test_levels_are_rms_against_full_scale() -> None:
    assert dbfs(silence()) == SILENCE_DBFS
    assert dbfs(np.zeros(0, dtype=np.int16)) == SILENCE_DBFS
    assert dbfs(constant(-32768)) == pytest.approx(0.0, abs=0.01)
    sine = (32767 * np.sin(2 * np.pi * 1000 * np.arange(BLOCK) / RATE_HZ)).astype(np.int16)
    assert dbfs(sine) == pytest.approx(-3.01, abs=0.02)
    assert dbfs((sine // 10).astype(np.int16)) == pytest.approx(-23.0, abs=0.1)


def test_a_meter_follows_within_half_a_second_and_forgets() -> None:
    meter = LevelMeter()
    for _ in range(50):
        meter.add(constant(3277))
    assert meter.dbfs == pytest.approx(-20.0, abs=0.1)
    meter.reset()
    assert meter.dbfs == SILENCE_DBFS


@given(st.binary(min_size=BLOCK_BYTES, max_size=BLOCK_BYTES))
def test_bytes_and_blocks_are_the_same_thing(data: bytes) -> None:
    block = block_from_bytes(data)
    assert block_to_bytes(block) == data
    assert block[0] == int.from_bytes(data[:2], "little", signed=True)
    assert np.array_equal(block_from_bytes(block_to_bytes(block)), block)


def test_a_block_of_another_size_is_refused() -> None:
    with pytest.raises(ValueError, match="960 bytes"):
        block_from_bytes(bytes(BLOCK_BYTES - 2))
    with pytest.raises(ValueError, match="shape"):
        block_to_bytes(np.zeros(BLOCK + 1, dtype=np.int16))


def test_a_ring_refuses_what_is_not_a_block() -> None:
    queue = BlockRing(4)
    with pytest.raises(ValueError, match="not a block"):
        queue.push(np.zeros(BLOCK, dtype=np.float32))
    with pytest.raises(ValueError, match="not a block"):
        queue.push(np.zeros((1, BLOCK), dtype=np.int16))


def test_a_full_ring_drops_its_oldest_block_and_counts_it() -> None:
    queue = BlockRing(4)
    for value in range(7):
        queue.push(constant(value))
    assert queue.dropped == 3
    assert [first_sample(queue.pop()) for _ in range(4)] == [3, 4, 5, 6]
    assert queue.pop() is None
    queue.push(constant(1))
    queue.clear()
    assert queue.pop() is None
    assert queue.dropped == 3


def test_a_ring_without_room_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one"):
        BlockRing(0)


def test_a_ring_between_two_threads_keeps_the_order_and_loses_nothing_uncounted() -> None:
    ring = BlockRing(8)
    count = 2000

    def write() -> None:
        for value in range(count):
            ring.push(constant(value))

    writer = threading.Thread(target=write)
    writer.start()
    taken: list[int] = []
    while writer.is_alive() or len(ring):
        if (block := ring.pop()) is not None:
            taken.append(int(block[0]))
    writer.join()
    assert taken == sorted(taken)
    assert len(taken) + ring.dropped == count
