"""The link state machine by example; time is a number."""

from __future__ import annotations

import struct

from robot_agent.head.frames import Instruction, InstructionFrame
from robot_agent.head.transaction import MAX_LATENCY_S, Link, Outcome, Request, ping_request
from tests.head import fake_bus

LATENCY_S = 0.006
FAR = 100.0


def read(device: int, size: int) -> Request:
    params = struct.pack("<HH", 132, size)
    return Request(InstructionFrame(device, Instruction.READ, params), (device,), size)


def write(device: int) -> Request:
    return Request(InstructionFrame(device, Instruction.WRITE, struct.pack("<HB", 64, 1)), (device,), 0)


def link() -> Link:
    return Link(1_000_000, LATENCY_S)


def data(outcome: Outcome | None) -> dict[int, bytes]:
    assert outcome is not None
    return {device: reply.params for device, reply in outcome.replies.items()}


def begin(machine: Link, request: Request, now: float, attempts: int = 1) -> float:
    """Start, and pass the time that the machine spends draining; returns the time of sending."""
    sent = machine.begin(request, now, attempts, now + FAR)
    while sent is None:
        now = machine.wake_at
        sent = machine.poll(now)
    return now


def time_out(machine: Link) -> float:
    now = machine.wake_at
    machine.poll(now)
    return now


def test_an_answer_in_time() -> None:
    machine = link()
    request = read(1, 4)
    assert machine.begin(request, 1.0, 1, FAR) == request.frame.to_bytes()
    machine.receive(fake_bus.status(1, b"abcd"), 1.001)
    assert data(machine.outcome) == {1: b"abcd"}


def test_noise_damage_wrong_id_and_wrong_length_are_no_answer() -> None:
    machine = link()
    begin(machine, read(1, 4), 1.0)
    damaged = bytearray(fake_bus.status(1, b"abcd"))
    damaged[10] ^= 0x10
    for stray in (
        b"\xff\xff\xfd",
        b"noise",
        bytes(damaged),
        fake_bus.status(2, b"abcd"),
        fake_bus.status(1, b"abc"),
        fake_bus.status(1),
        read(1, 4).frame.to_bytes(),
    ):
        machine.receive(stray, 1.001)
        assert machine.outcome is None
    machine.receive(fake_bus.status(1, b"good"), 1.002)
    assert data(machine.outcome) == {1: b"good"}


def test_silence_is_tried_again_after_the_latency_window() -> None:
    machine = link()
    request = read(1, 4)
    begin(machine, request, 1.0, attempts=2)
    late = time_out(machine)
    assert machine.outcome is None
    assert machine.poll(late + LATENCY_S / 2) is None, "the line is drained first"
    again_at = late + LATENCY_S
    # the same answer is still missing, so a ping comes first
    assert machine.poll(again_at) == ping_request(1).frame.to_bytes()
    assert machine.receive(fake_bus.status(1, b"\xb0\x04\x2e"), again_at + 0.001) == request.frame.to_bytes()
    machine.receive(fake_bus.status(1, b"abcd"), again_at + 0.002)
    assert data(machine.outcome) == {1: b"abcd"}


def test_after_the_last_try_nobody_has_answered() -> None:
    machine = link()
    begin(machine, read(1, 4), 1.0)
    time_out(machine)
    assert data(machine.outcome) == {}


def test_in_a_hurry_what_was_tried_is_not_tried_again() -> None:
    machine = link()
    begin(machine, read(1, 4), 1.0, attempts=2)
    machine.hasten(1.001)
    assert machine.outcome is None, "the answer may be on its way"
    time_out(machine)
    assert data(machine.outcome) == {}
    machine = link()
    begin(machine, read(1, 4), 1.0, attempts=2)
    machine.hasten(1.001)
    machine.receive(fake_bus.status(1, b"abcd"), 1.002)
    assert data(machine.outcome) == {1: b"abcd"}


def test_a_hurry_ends_the_drain_before_a_second_try_and_not_before_the_first() -> None:
    machine = link()
    begin(machine, read(1, 4), 1.0, attempts=2)
    late = time_out(machine)
    assert machine.outcome is None
    machine.hasten(late + 0.001)
    assert machine.wake_at == late + 0.001
    assert machine.poll(machine.wake_at) is None
    assert data(machine.outcome) == {}
    assert machine.begin(read(1, 8), late + 0.001, 2, FAR) is None, "it is drained all the same"
    machine.hasten(late + 0.002)
    assert machine.poll(machine.wake_at) == read(1, 8).frame.to_bytes()
    time_out(machine)
    assert data(machine.outcome) == {}


def test_a_late_answer_is_drained() -> None:
    machine = link()
    begin(machine, read(1, 4), 1.0)
    late = time_out(machine)
    assert machine.begin(read(1, 8), late, 1, FAR) is None
    machine.receive(fake_bus.status(1, b"late"), late + 0.001)
    assert machine.poll(machine.wake_at) == read(1, 8).frame.to_bytes()
    assert machine.outcome is None


def test_an_answer_later_than_the_drain_is_not_taken_for_the_next_one() -> None:
    """The case that id and length cannot tell: two reads of the same size."""
    machine = link()
    begin(machine, read(1, 4), 1.0)
    late = time_out(machine)
    now = begin(machine, read(1, 4), late)
    machine.receive(fake_bus.status(1, b"late"), now + 0.001)
    assert machine.outcome is None
    machine.receive(fake_bus.status(1, b"\xb0\x04\x2e"), now + 0.002)
    machine.receive(fake_bus.status(1, b"good"), now + 0.003)
    assert data(machine.outcome) == {1: b"good"}


def test_a_late_acknowledgement_is_not_taken_for_the_next_write() -> None:
    machine = link()
    begin(machine, write(10), 1.0)
    late = time_out(machine)
    now = begin(machine, write(10), late)
    machine.receive(fake_bus.status(10), now + 0.001)
    assert machine.outcome is None


def test_another_device_needs_no_fence() -> None:
    machine = link()
    begin(machine, read(1, 4), 1.0)
    late = time_out(machine)
    assert machine.begin(read(2, 4), late + LATENCY_S, 1, FAR) == read(2, 4).frame.to_bytes()


def test_a_late_answer_teaches_the_latency_and_good_ones_make_it_forget() -> None:
    machine = link()
    begin(machine, read(1, 4), 1.0)
    time_out(machine)
    machine.receive(fake_bus.status(1, b"late"), 1.010)
    assert 0.010 < machine.latency_s <= MAX_LATENCY_S
    now = 2.0
    for _ in range(200):
        now = begin(machine, read(1, 4), now + 0.1)
        machine.receive(fake_bus.status(1, b"abcd"), now)
    assert machine.latency_s == LATENCY_S


def test_all_tries_end_by_the_given_time() -> None:
    machine = link()
    machine.begin(read(1, 4), 1.0, 50, 1.02)
    while machine.outcome is None:
        assert machine.wake_at <= 1.02
        machine.poll(machine.wake_at)
    assert data(machine.outcome) == {}


def test_a_device_that_got_a_damaged_instruction_is_told_again_at_once() -> None:
    machine = link()
    request = write(1)
    begin(machine, request, 1.0, attempts=2)
    assert machine.receive(fake_bus.status(1, error=3), 1.001) == request.frame.to_bytes()
    machine.receive(fake_bus.status(1), 1.002)
    assert data(machine.outcome) == {1: b""}


def test_an_error_is_an_answer() -> None:
    machine = link()
    begin(machine, read(1, 4), 1.0)
    machine.receive(fake_bus.status(1, error=7), 1.001)
    assert machine.outcome is not None
    assert machine.outcome.replies[1].error == 7


def test_plain_sync_read_keeps_what_came() -> None:
    machine = link()
    frame = InstructionFrame(0xFE, Instruction.SYNC_READ, struct.pack("<HHBB", 126, 10, 1, 2))
    begin(machine, Request(frame, (1, 2), 10), 1.0)
    machine.receive(fake_bus.status(1, b"0123456789"), 1.001)
    assert machine.outcome is None
    time_out(machine)
    assert data(machine.outcome) == {1: b"0123456789"}


def test_fast_sync_read_keeps_the_blocks_that_came() -> None:
    machine = link()
    frame = InstructionFrame(0xFE, Instruction.FAST_SYNC_READ, struct.pack("<HHBB", 126, 10, 1, 2))
    begin(machine, Request(frame, (1, 2), 10, chained=True), 1.0)
    head = fake_bus.HEAD + b"\xfe" + struct.pack("<H", 29) + b"\x55\x00\x01" + b"0123456789"
    machine.receive(head + struct.pack("<H", fake_bus.crc(head)), 1.001)
    assert machine.outcome is None
    time_out(machine)
    assert data(machine.outcome) == {1: b"0123456789"}


def test_what_was_abandoned_is_drained_too() -> None:
    machine = link()
    machine.begin(read(1, 4), 1.0, 1, FAR)
    machine.abandon(1.001)
    assert machine.begin(read(2, 4), 1.002, 1, FAR) is None
