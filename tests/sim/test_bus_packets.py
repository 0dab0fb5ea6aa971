"""Framing of the simulated bus: the manual's own examples, stuffing both ways, and hostile bytes."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hardware_sim.bus.packets import (
    BYTE_GAP_S,
    HEADER,
    MAX_LENGTH,
    Damaged,
    Inst,
    Instruction,
    Parser,
    Status,
    crc16,
    frame,
    stuff,
    unstuff,
)

HOSTILE = st.lists(st.sampled_from([0xFF, 0xFD, 0x00, 0x55, 0x01]), max_size=40).map(bytes)

# Whole packets printed in the e-manual, "DYNAMIXEL Protocol 2.0", Instruction Details.
MANUAL = [
    ("FF FF FD 00 01 03 00 01 19 4E", Instruction(1, Inst.PING)),
    ("FF FF FD 00 FE 03 00 01 31 42", Instruction(0xFE, Inst.PING)),
    ("FF FF FD 00 01 07 00 02 84 00 04 00 1D 15", Instruction(1, Inst.READ, bytes((132, 0, 4, 0)))),
    ("FF FF FD 00 01 03 00 08 2F 4E", Instruction(1, Inst.REBOOT)),
    ("FF FF FD 00 01 03 00 05 02 CE", Instruction(1, Inst.ACTION)),
]


@pytest.mark.parametrize(("text", "expected"), MANUAL)
def test_the_manuals_instruction_packets_are_understood(text: str, expected: Instruction) -> None:
    assert Parser().feed(bytes.fromhex(text), 0.0) == [expected]


def test_the_manuals_status_packets_come_out_byte_for_byte() -> None:
    assert Status(1, 0, bytes((0x06, 0x04, 0x26))).to_bytes() == bytes.fromhex(
        "FF FF FD 00 01 07 00 55 00 06 04 26 65 5D"
    )
    assert Status(1).to_bytes() == bytes.fromhex("FF FF FD 00 01 04 00 55 00 A1 0C")


@given(HOSTILE)
def test_no_header_survives_inside_a_stuffed_payload(payload: bytes) -> None:
    assert HEADER not in stuff(payload)
    assert unstuff(stuff(payload)) == payload


@given(st.integers(0, 252), st.integers(0, 255), HOSTILE)
def test_any_payload_comes_through_byte_by_byte(device_id: int, code: int, params: bytes) -> None:
    parser = Parser()
    wire = frame(device_id, bytes((code,)) + params)
    packets = [packet for byte in wire for packet in parser.feed(bytes((byte,)), 0.0)]
    assert packets == [Instruction(device_id, code, params)]


@given(st.lists(HOSTILE, max_size=6))
def test_a_good_packet_is_found_behind_any_noise(noise: Sequence[bytes]) -> None:
    parser = Parser()
    for chunk in noise:
        parser.feed(chunk, 0.0)
    later_s = BYTE_GAP_S * 2
    assert parser.feed(frame(2, bytes((Inst.PING,))), later_s)[-1] == Instruction(2, Inst.PING)


@given(st.binary(max_size=200))
def test_memory_is_bounded_whatever_comes(noise: bytes) -> None:
    parser = Parser()
    for _ in range(20):
        parser.feed(noise, 0.0)
    assert len(parser._buffer) <= MAX_LENGTH + 7


def test_a_wrong_crc_is_told_apart_and_the_next_packet_still_counts() -> None:
    good = frame(1, bytes((Inst.PING,)))
    bad = good[:-1] + bytes((good[-1] ^ 1,))
    assert Parser().feed(bad + good, 0.0) == [Damaged(1), Instruction(1, Inst.PING)]


def test_a_packet_that_was_cut_off_does_not_swallow_the_next_one() -> None:
    parser = Parser()
    assert parser.feed(frame(1, bytes((Inst.WRITE,)) + bytes(30))[:20], 0.0) == []
    assert parser.feed(frame(1, bytes((Inst.PING,))), BYTE_GAP_S * 1.1) == [Instruction(1, Inst.PING)]


def test_crc_of_the_empty_string_is_zero_and_depends_on_every_byte() -> None:
    assert crc16(b"") == 0
    assert len({crc16(bytes((value, 0, 0))) for value in range(256)}) == 256
