"""Packets as bytes, against the library's own reading of them; round trips; history; the pace of a picture."""

from __future__ import annotations

import struct

import pytest
from aiortc.rtcrtpparameters import RTCRtpHeaderExtensionParameters, RTCRtpParameters
from aiortc.rtp import HeaderExtensionsMap, RtcpSenderInfo, RtcpSrPacket, RtpPacket, unwrap_rtx
from hypothesis import given
from hypothesis import strategies as st

from robot_agent.media.rate.packets import LineEstimate
from robot_agent.rtc import history
from robot_agent.rtc.history import PacketHistory
from robot_agent.rtc.pace import AT_ONCE_S, CLEAN_LOSS, CLEAN_QUEUE_S, pace_bps
from robot_agent.rtc.round_trip import RECENT, REMEMBERED, RoundTrip
from robot_agent.rtc.rtp_packets import (
    MID_URI,
    PLAYOUT_DELAY_URI,
    SEND_TIME_URI,
    TRANSPORT_CC_URI,
    as_retransmission,
    is_rtcp,
    lay_out,
    payload_start,
    playout_value,
    sequence_time_ssrc,
)

URIS = (MID_URI, SEND_TIME_URI, TRANSPORT_CC_URI, PLAYOUT_DELAY_URI)


@st.composite
def ids(draw: st.DrawFn) -> dict[str, int]:
    uris = draw(st.lists(st.sampled_from(URIS), unique=True))
    numbers = draw(st.lists(st.integers(1, draw(st.sampled_from([14, 255]))), unique=True, min_size=4, max_size=4))
    return dict(zip(uris, numbers, strict=False))


def theirs(ids: dict[str, int]) -> HeaderExtensionsMap:
    found = HeaderExtensionsMap()
    extensions = [RTCRtpHeaderExtensionParameters(id=number, uri=uri) for uri, number in ids.items()]
    found.configure(RTCRtpParameters(headerExtensions=extensions))
    return found


def packet(ids: dict[str, int], payload: bytes = b"picture") -> bytearray:
    layout = lay_out(ids, "0", (0, 0))
    head = struct.pack("!BBHLL", 0x90 if layout.block else 0x80, 0x80 | 108, 4711, 90_000, 0xDEADBEEF)
    extension = struct.pack("!HH", layout.profile, len(layout.block) // 4) + layout.block if layout.block else b""
    return bytearray(head + extension + payload)


@given(ids(), st.integers(0, 0xFFFF), st.floats(0, 1e6))
def test_stamps_are_read_by_the_library(ids: dict[str, int], number: int, now_s: float) -> None:
    data = packet(ids)
    lay_out(ids, "0", (0, 0)).stamp(data, number, now_s)
    read = RtpPacket.parse(bytes(data), theirs(ids))
    assert read.extensions.transport_sequence_number == (number if TRANSPORT_CC_URI in ids else None)
    assert read.extensions.mid == ("0" if MID_URI in ids else None)
    if SEND_TIME_URI in ids:
        assert read.extensions.abs_send_time == int(now_s * 2**18) % 2**24
    assert read.payload == b"picture"
    assert sequence_time_ssrc(data) == (4711, 90_000, 0xDEADBEEF)
    assert data[payload_start(data) :] == b"picture"


@given(ids(), st.integers(0, 0xFFFF))
def test_a_retransmission_is_unwrapped_by_the_library(ids: dict[str, int], sequence: int) -> None:
    again = RtpPacket.parse(bytes(as_retransmission(packet(ids), 109, 7, sequence)), theirs(ids))
    assert (again.payload_type, again.ssrc, again.sequence_number, again.marker) == (109, 7, sequence, 1)
    first = unwrap_rtx(again, payload_type=108, ssrc=0xDEADBEEF)
    assert (first.sequence_number, first.timestamp, first.payload) == (4711, 90_000, b"picture")


def test_playout_delay_has_twelve_bits_each() -> None:
    assert playout_value(100, 40950) == b"\x00\xaf\xff"


@pytest.mark.parametrize(("low", "high"), [(-10, 0), (20, 10), (0, 40960)])
def test_playout_limits_are_checked(low: int, high: int) -> None:
    with pytest.raises(ValueError, match="playout delay"):
        lay_out({PLAYOUT_DELAY_URI: 3}, "0", (low, high))


def test_reports_are_told_from_media() -> None:
    assert is_rtcp(b"\x80\xc8")
    assert is_rtcp(b"\x8f\xcd")
    assert not is_rtcp(bytes(packet({})))
    assert not is_rtcp(b"\x80")


# round trips


def sender_report(stamp: int) -> bytes:
    info = RtcpSenderInfo(ntp_timestamp=stamp << 16, rtp_timestamp=0, packet_count=1, octet_count=1)
    return bytes(RtcpSrPacket(ssrc=1, sender_info=info))


def test_a_round_trip_is_what_the_far_side_did_not_take() -> None:
    meter = RoundTrip()
    meter.on_sending(sender_report(77), 10.0)
    meter.on_sending(bytes(8), 10.1)
    assert meter.on_report(77, 65536 // 2, 10.75) == pytest.approx(0.25)
    assert meter.on_report(78, 0, 10.75) is None  # never sent
    assert meter.on_report(0, 0, 10.75) is None  # it has not seen one yet
    assert meter.on_report(77, 65536, 10.75) is None  # it waited longer than has passed
    assert meter.shortest_s == pytest.approx(0.25)
    for stamp in range(100, 100 + REMEMBERED):
        meter.on_sending(sender_report(stamp), 11.0)
    assert meter.on_report(77, 0, 11.1) is None
    for n in range(RECENT):
        meter.on_report(100, 0, 12.0 + n)
    assert meter.shortest_s == pytest.approx(1.0)  # a quarter of a second was long ago


def test_until_there_are_enough_reports_what_was_seen_otherwise_counts() -> None:
    meter = RoundTrip()
    assert meter.shortest_s is None
    for seen_s in (0.74, 0.24, 0.31, -1.0, 99.0):  # the first check was lost and sent a second time
        meter.on_sight(seen_s)
    assert meter.shortest_s == 0.24
    meter.on_sending(sender_report(77), 10.0)
    for n in range(RECENT):
        assert meter.shortest_s == 0.24
        meter.on_report(77, 0, 10.3 + n / 100)  # a queue that stands
    assert meter.shortest_s == pytest.approx(0.3)


# history


def test_the_history_keeps_the_newest() -> None:
    kept = PacketHistory()
    for n in range(history.REMEMBERED + 5):
        kept.remember(n, bytes([n % 256]), n / 10)
    assert len(kept) == history.REMEMBERED
    assert kept.get(4) is None
    assert kept.get(5) == (b"\x05", 0.5)
    assert next(iter(kept.newest_first())) == bytes([(history.REMEMBERED + 4) % 256])


# the pace of a picture

CLEAN = LineEstimate(rtt_s=0.001, loss=0.0, jitter_s=0.001, queue_s=0.001, congested=False, source="feedback")


def test_a_clean_line_gets_a_picture_at_once() -> None:
    assert pace_bps(900_000, 20_000, CLEAN) == 20_000 * 8 / AT_ONCE_S
    assert pace_bps(9_000_000, 100, CLEAN) == 9_000_000  # never slower than the rate control asks


@pytest.mark.parametrize(
    "line",
    [
        LineEstimate(0.001, 0.0, 0.001, 0.001, True, "feedback"),
        LineEstimate(0.001, CLEAN_LOSS, 0.001, 0.001, False, "feedback"),
        LineEstimate(0.001, 0.0, 0.001, CLEAN_QUEUE_S, False, "feedback"),
        LineEstimate(0.001, 0.0, 0.001, None, False, "feedback"),
        LineEstimate(0.001, 0.0, 0.001, 0.001, False, "reports"),
    ],
)
def test_any_other_gets_it_evenly(line: LineEstimate) -> None:
    assert pace_bps(900_000, 20_000, line) == 900_000
