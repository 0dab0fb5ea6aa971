"""Transport-wide feedback: real reports, every kind of chunk, hostile bytes; and what was sent, settled by it."""

from __future__ import annotations

import struct
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from robot_agent.rtc.errors import BadFeedbackError
from robot_agent.rtc.sent_packets import KEPT_S, MAX_KEPT, SentPackets
from robot_agent.rtc.transport_feedback import (
    TransportFeedback,
    Unwrapper,
    parse_transport_feedback,
    split_feedback,
)

NACK = bytes.fromhex("81cd0003 00000001 00000002 00050000")
REPORT = bytes.fromhex("80c90001 00000001")


def packet(base: int, count: int, reference: int, body: bytes, number: int = 0) -> bytes:
    """The format written down a second time, from the draft's figure."""
    fixed = struct.pack("!LLHHL", 1, 2, base, count, reference << 8 | number)
    padding = -(len(fixed) + len(body)) % 4
    filling = bytes(padding - 1) + bytes([padding]) if padding else b""
    words = (len(fixed) + len(body) + padding) // 4
    return struct.pack("!BBH", 0x80 | (0x20 if padding else 0) | 15, 205, words) + fixed + body + filling


@st.composite
def reports(draw: st.DrawFn) -> tuple[bytes, TransportFeedback]:
    """A report in randomly chosen chunks, and what it says."""
    deltas = draw(st.lists(st.none() | st.integers(0, 255) | st.integers(-32768, 32767), min_size=1, max_size=60))
    symbols = [0 if delta is None else 1 if 0 <= delta <= 255 else 2 for delta in deltas]
    chunks, at = b"", 0
    while at < len(symbols):
        run = next((n for n in range(at, len(symbols)) if symbols[n] != symbols[at]), len(symbols)) - at
        kind = draw(st.sampled_from(["run", "two", "one"]))
        if kind == "one" and all(symbol < 2 for symbol in symbols[at : at + 14]):
            chosen = [*symbols[at : at + 14], *[0] * 14][:14]
            chunks += struct.pack("!H", 0x8000 | int("".join(map(str, chosen)), 2))
            at += 14
        elif kind == "two":
            chosen = [*symbols[at : at + 7], *[0] * 7][:7]
            chunks += struct.pack("!H", 0xC000 | int("".join(map(str, chosen)), 4))
            at += 7
        else:
            chunks += struct.pack("!H", symbols[at] << 13 | run)
            at += run
    told, ticks, arrivals = b"", 0, []
    for delta in deltas:
        if delta is None:
            arrivals.append(None)
            continue
        told += struct.pack("!B", delta) if 0 <= delta <= 255 else struct.pack("!h", delta)
        ticks += delta
        arrivals.append(ticks)
    base, reference, number = draw(st.integers(0, 0xFFFF)), draw(st.integers(0, 0xFFFFFF)), draw(st.integers(0, 255))
    data = packet(base, len(deltas), reference, chunks + told, number)
    return data, TransportFeedback(base, reference, number, tuple(arrivals))


@given(reports())
def test_every_report_reads_as_it_was_written(report: tuple[bytes, TransportFeedback]) -> None:
    data, said = report
    assert parse_transport_feedback(data) == said


@given(reports(), st.data())
def test_a_mutilated_report_is_read_or_refused_and_nothing_else(
    report: tuple[bytes, TransportFeedback], data: st.DataObject
) -> None:
    broken = bytearray(report[0])
    for _ in range(data.draw(st.integers(1, 4))):
        broken[data.draw(st.integers(0, len(broken) - 1))] = data.draw(st.integers(0, 255))
    try:
        said = parse_transport_feedback(bytes(broken[: data.draw(st.integers(0, len(broken)))]))
    except BadFeedbackError:
        return
    assert 1 <= len(said.arrivals) <= 0xFFFF


@given(st.binary(max_size=200))
def test_any_bytes_are_split_without_loss(data: bytes) -> None:
    found, rest = split_feedback(data)
    assert sum(map(len, found)) + len(rest) == len(data)


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (b"", "no RTCP packet"),
        (NACK, "not transport feedback"),
        (packet(1, 1, 0, b"\x20\x01\x04")[:-4], "the header says"),
        (packet(1, 0, 0, b""), "about no packet"),
        (packet(1, 9, 0, b"\x20\x01"), "of 1 it is here"),
        (packet(1, 1, 0, b"\x20\x00"), "a run of no packets"),
        (packet(1, 1, 0, b"\x60\x01"), "reserved"),
        (packet(1, 2, 0, b"\x20\x02\x01"), "end too early"),
        (struct.pack("!BBHL", 0xAF, 205, 1, 9), "bytes of padding"),
        (struct.pack("!BBHL", 0x8F, 205, 1, 9), "too few"),
    ],
)
def test_what_is_wrong_is_said(data: bytes, text: str) -> None:
    with pytest.raises(BadFeedbackError, match=text):
        parse_transport_feedback(data)


def test_a_compound_datagram_is_taken_apart() -> None:
    ours = packet(7, 1, 0, b"\x20\x01\x04")
    assert split_feedback(REPORT + ours + NACK + ours) == ([ours, ours], REPORT + NACK)
    assert split_feedback(ours + b"\x80") == ([ours], b"\x80")
    assert split_feedback(REPORT + ours[:-2]) == ([], REPORT + ours[:-2])


@given(st.integers(2, 24), st.lists(st.integers(-(2**20), 2**20), max_size=20))
def test_counters_are_unwrapped(bits: int, steps: list[int]) -> None:
    half = 1 << (bits - 1)
    unwrapper, value = Unwrapper(bits), 5 % (1 << bits)
    assert unwrapper.unwrap(value) == value
    for step in steps:
        value += step % half
        assert unwrapper.unwrap(value % (1 << bits)) == value
        value -= step % 2
        assert unwrapper.unwrap(value % (1 << bits)) == value


# what was sent


def test_packets_are_settled_over_the_wrap_of_their_number() -> None:
    sent = SentPackets()
    numbers = [sent.assign(100 + n, n / 1000, probe=3 if n == 65_537 else None) for n in range(65_540)]
    assert numbers[-4:] == [0, 1, 2, 3]
    first, late = sent.settle(TransportFeedback(65_534, 2, 0, (0, None, 4, 8))), []
    assert [one.sequence for one in first] == [65_534, 65_535, 65_536, 65_537]
    assert [one.arrived_s for one in first] == [0.128, None, 0.129, 0.13]
    assert first[3].probe == 3
    assert first[0].sent_s == 65.534
    late = sent.settle(TransportFeedback(65_535, 2, 1, (6, 7)))
    assert [(one.sequence, one.arrived_s) for one in late] == [(65_535, 0.1295)]  # lost first, then late
    assert sent.unknown == 1  # 65536 is told of a second time


def test_the_far_sides_clock_goes_on_when_its_24_bits_wrap() -> None:
    sent = SentPackets()
    for at_s in (0.0, 0.1, 0.2):
        sent.assign(1000, at_s)
    seen = [
        sent.settle(TransportFeedback(n, reference, n, (0,)))[0].arrived_s
        for n, reference in ((0, 0xFFFFFF), (1, 0), (2, 2))
    ]
    assert all(a is not None and b is not None for a, b in pairwise(seen))
    assert [round((b or 0) - (a or 0), 6) for a, b in pairwise(seen)] == [0.064, 0.128]


def test_what_is_never_reported_is_forgotten() -> None:
    sent = SentPackets()
    for n in range(MAX_KEPT + 10):
        sent.assign(1, n * 1e-6)
    assert len(sent) == MAX_KEPT
    sent.assign(1, KEPT_S + 1.0)
    assert len(sent) == 1
    assert sent.settle(TransportFeedback(0, 0, 0, (0,))) == []


def test_the_oldest_packet_that_was_not_told_of_is_known() -> None:
    sent = SentPackets()
    assert sent.unanswered_s is None
    for n in range(4):
        sent.assign(1000, n / 10)
    assert sent.unanswered_s == 0.0
    sent.settle(TransportFeedback(0, 0, 0, (0, None)))  # lost is an answer, too
    assert sent.unanswered_s == 0.2
    sent.settle(TransportFeedback(2, 0, 2, (0, 1)))
    sent.settle(TransportFeedback(0, 0, 1, (0,)))  # overtaken
    assert sent.unanswered_s is None
    sent.assign(1000, 5.0)
    assert sent.unanswered_s == 5.0
    sent.assign(1000, 5.1 + KEPT_S)
    assert sent.unanswered_s == 5.1 + KEPT_S  # the one before is forgotten


@given(reports())
def test_reports_about_packets_that_were_never_sent_change_nothing(report: tuple[bytes, TransportFeedback]) -> None:
    sent = SentPackets()
    assert sent.settle(report[1]) == []
