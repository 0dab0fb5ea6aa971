"""Frames on the wire: CRC, stuffing, and cutting them out of a hostile stream."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from robot_agent.head.crc import crc16
from robot_agent.head.frames import (
    Deframer,
    Instruction,
    InstructionFrame,
    RawFrame,
    StatusFrame,
    stuff,
    unstuff,
)
from tests.head import fake_bus

# Bytes of which the header is made come far more often than by chance.
nasty = st.lists(st.sampled_from([0xFF, 0xFD, 0x00, 0xFE, 0x55, 0x01]), max_size=40).map(bytes)
payloads = st.one_of(nasty, st.binary(max_size=40))


def statuses(frames: list[RawFrame]) -> list[StatusFrame]:
    return [status for raw in frames if (status := StatusFrame.from_raw(raw)) is not None]


def test_crc_and_frame_of_the_manual() -> None:
    # ROBOTIS e-manual, Protocol 2.0: the ping of device 1 and its answer.
    assert InstructionFrame(1, Instruction.PING).to_bytes() == bytes.fromhex("fffffd0001030001194e")
    (status,) = statuses(Deframer().feed(bytes.fromhex("fffffd000107005500060426655d")))
    assert status == StatusFrame(1, 0, alert=False, params=bytes.fromhex("060426"))


@given(st.binary(max_size=60), st.binary(max_size=60))
def test_crc_agrees_with_a_bitwise_one_and_can_be_continued(first: bytes, second: bytes) -> None:
    assert crc16(first) == fake_bus.crc(first)
    assert crc16(second, crc16(first)) == crc16(first + second)


@given(payloads)
def test_stuffing_both_ways(payload: bytes) -> None:
    stuffed = stuff(payload)
    assert stuffed == fake_bus.escape(payload)
    assert unstuff(stuffed) == payload
    assert b"\xff\xff\xfd\x00" not in stuffed


@settings(max_examples=300)
@given(st.integers(0, 252), payloads)
def test_a_device_reads_what_was_sent(device: int, params: bytes) -> None:
    wire = InstructionFrame(device, Instruction.WRITE, params).to_bytes()
    assert wire == fake_bus.packet(device, bytes([3]) + params)


@settings(max_examples=300)
@given(st.lists(st.tuples(st.integers(0, 252), payloads), max_size=4), st.lists(st.integers(1, 9), min_size=1))
def test_frames_come_out_whole_in_any_portions(sent: list[tuple[int, bytes]], sizes: list[int]) -> None:
    stream = b"".join(fake_bus.status(device, params) for device, params in sent)
    deframer = Deframer()
    got: list[RawFrame] = []
    turn = 0
    while stream:
        size = sizes[turn % len(sizes)]
        got += deframer.feed(stream[:size])
        stream = stream[size:]
        turn += 1
    assert [(s.id, s.params) for s in statuses(got)] == sent


@settings(max_examples=300)
@given(nasty, payloads)
def test_noise_never_makes_a_wrong_frame(noise: bytes, params: bytes) -> None:
    """Noise may swallow the frame after it (a bogus length), but never changes one."""
    deframer = Deframer()
    got = deframer.feed(noise + fake_bus.status(7, params))
    assert [(s.id, s.params) for s in statuses(got)] in ([(7, params)], [])
    got += deframer.feed(bytes(300))
    deframer.reset()
    assert [(s.id, s.params) for s in statuses(deframer.feed(fake_bus.status(7, params)))] == [(7, params)]


@settings(max_examples=300)
@given(payloads, st.data())
def test_a_damaged_frame_is_dropped_and_the_next_one_found(params: bytes, data: st.DataObject) -> None:
    frame = fake_bus.status(3, params)
    place = data.draw(st.integers(8, len(frame) - 1))
    flip = data.draw(st.integers(1, 255))
    broken = frame[:place] + bytes([frame[place] ^ flip]) + frame[place + 1 :]
    deframer = Deframer()
    got = statuses(deframer.feed(broken + frame))
    assert [(s.id, s.params) for s in got] == [(3, params)]
    assert deframer.rejected >= 1


def test_a_truncated_frame_costs_only_itself() -> None:
    frame = fake_bus.status(1, b"0123456789")
    got = statuses(Deframer().feed(frame[:12] + frame + frame))
    assert [s.params for s in got] == [b"0123456789"] * 2


def test_an_echo_of_our_own_instruction_is_no_answer() -> None:
    echo = InstructionFrame(1, Instruction.READ, b"\x84\x00\x04\x00").to_bytes()
    frames = Deframer().feed(echo + fake_bus.status(1, b"abcd"))
    assert len(frames) == 2
    assert [s.params for s in statuses(frames)] == [b"abcd"]


def test_error_code_and_alert_bit() -> None:
    (status,) = statuses(Deframer().feed(fake_bus.status(2, error=0x84)))
    assert (status.error, status.alert) == (4, True)
