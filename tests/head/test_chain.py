"""The answer to a fast sync read, complete and interrupted."""

from __future__ import annotations

import struct

from hypothesis import given
from hypothesis import strategies as st

from robot_agent.head.chain import salvage_chain, split_chain
from robot_agent.head.frames import Deframer
from tests.head import fake_bus

HOSTILE = bytes.fromhex("fffffdfffffdfffffd00")


def chain(blocks: list[tuple[int, bytes]]) -> bytes:
    size = len(blocks[0][1])
    frame = fake_bus.HEAD + b"\xfe" + struct.pack("<H", 1 + len(blocks) * (size + 4)) + b"\x55"
    for device, data in blocks:
        frame += bytes([0, device]) + data
        frame += struct.pack("<H", fake_bus.crc(frame))
    return frame


def test_the_layout_of_the_manual() -> None:
    # ROBOTIS e-manual, Fast Sync Read: three devices with 4 bytes each have length 25.
    wire = chain([(3, bytes(4)), (7, bytes(4)), (4, bytes(4))])
    assert struct.unpack_from("<H", wire, 5) == (25,)
    (raw,) = Deframer().feed(wire)
    assert [block.id for block in split_chain(raw, (3, 7, 4), 4)] == [3, 7, 4]


@given(st.binary(min_size=10, max_size=10) | st.just(HOSTILE), st.binary(min_size=10, max_size=10))
def test_data_is_not_unstuffed(first: bytes, second: bytes) -> None:
    (raw,) = Deframer().feed(chain([(1, first), (2, second)]))
    assert [(b.id, b.params) for b in split_chain(raw, (1, 2), 10)] == [(1, first), (2, second)]


def test_a_device_that_stuffs_is_understood() -> None:
    body = b"\x55\x00\x01" + HOSTILE
    body += struct.pack("<H", 0) + b"\x00\x02" + bytes(10)
    (raw,) = Deframer().feed(fake_bus.packet(0xFE, body))
    assert [(b.id, b.params) for b in split_chain(raw, (1, 2), 10)] == [(1, HOSTILE), (2, bytes(10))]


def test_other_ids_or_sizes_are_no_answer() -> None:
    (raw,) = Deframer().feed(chain([(1, bytes(10)), (2, bytes(10))]))
    assert split_chain(raw, (2, 1), 10) == []
    assert split_chain(raw, (1, 2), 9) == []
    (single,) = Deframer().feed(fake_bus.status(1, bytes(10)))
    assert split_chain(single, (1,), 10) == []


@given(st.integers(0, 44))
def test_what_came_of_an_interrupted_answer_is_used(cut: int) -> None:
    wire = chain([(1, HOSTILE), (2, bytes(10))])
    blocks = salvage_chain(wire[:cut], (1, 2), 10)
    assert [b.id for b in blocks] == [1, 2][: max(0, (cut - 8) // 14)]
    assert all(b.params == HOSTILE for b in blocks[:1])


def test_a_damaged_block_ends_the_salvage() -> None:
    wire = bytearray(chain([(1, bytes(10)), (2, bytes(10))]))
    wire[12] ^= 1
    assert salvage_chain(bytes(wire), (1, 2), 10) == []
