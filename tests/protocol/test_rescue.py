"""Frames of the rescue path: what is sent comes out the same, and anything else is refused."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol.base import parse
from protocol.errors import MessageError, PayloadTooLargeError
from protocol.rescue import (
    MAX_BODY_BYTES,
    MAX_FRAME_BYTES,
    MAX_PARCEL_BYTES,
    RescueFrame,
    RescueKind,
    RescueParcel,
)
from protocol.signals import SIGNAL_TO_ROBOT, Rescue
from protocol.topics import FRAME_CHANNELS
from protocol.web import FROM_PAGE, PageRescue
from tests.protocol.strategies import FRAMES, PARCELS

SESSION = "session-1"


@given(FRAMES)
def test_a_frame_comes_out_as_it_went_in(frame: RescueFrame) -> None:
    assert RescueFrame.from_bytes(frame.to_bytes()) == frame


@given(PARCELS)
def test_a_parcel_comes_out_as_it_went_in_and_keeps_its_channels_limit(parcel: RescueParcel) -> None:
    data = parcel.to_bytes()
    assert RescueParcel.from_bytes(data) == parcel
    assert len(data) <= min(channel.limit for channel in FRAME_CHANNELS)


def test_the_header_is_as_the_page_reads_it() -> None:
    frame = RescueFrame(RescueKind.STILL, 0x01020304, 0xFFFFFFFF, b"\xff\xd8")
    assert frame.to_bytes() == b"\x01\x01\x02\x03\x04\xff\xff\xff\xff\xff\xd8"
    assert RescueParcel(SESSION, frame).to_bytes() == b"\x09session-1" + frame.to_bytes()


@given(st.binary(max_size=80))
def test_bytes_are_a_parcel_or_raise_the_one_error(junk: bytes) -> None:
    try:
        parcel = RescueParcel.from_bytes(junk)
    except MessageError:
        return
    assert parcel.to_bytes() == junk


@given(PARCELS, st.data())
def test_a_parcel_that_is_cut_within_its_header_is_refused(parcel: RescueParcel, data: st.DataObject) -> None:
    head = len(parcel.to_bytes()) - len(parcel.frame.body)
    with pytest.raises(MessageError):
        RescueParcel.from_bytes(parcel.to_bytes()[: data.draw(st.integers(0, head))])


@pytest.mark.parametrize("kind", RescueKind)
def test_the_largest_body_passes_and_one_byte_more_does_not(kind: RescueKind) -> None:
    most = MAX_BODY_BYTES[kind]
    data = RescueFrame(kind, 1, 0, bytes(most)).to_bytes()
    assert len(RescueFrame.from_bytes(data).body) == most
    assert len(data) <= MAX_FRAME_BYTES < MAX_PARCEL_BYTES
    with pytest.raises(PayloadTooLargeError) as caught:
        RescueFrame.from_bytes(data + b"x")
    assert (caught.value.size, caught.value.limit) == (most + 1, most)


@pytest.mark.parametrize(
    ("data", "where"),
    [
        (b"\x00" + bytes([0, 0, 0, 1, 0, 0, 0, 0]) + b"x", "kind"),
        (b"\x03" + bytes([0, 0, 0, 1, 0, 0, 0, 0]) + b"x", "kind"),
        (b"\x01" + bytes(8) + b"x", "sequence"),
        (b"\x01" + bytes([0, 0, 0, 1, 0, 0, 0, 0]), "body"),
        (b"\x01\x00\x00", ""),
    ],
)
def test_what_is_wrong_with_a_frame_is_named(data: bytes, where: str) -> None:
    with pytest.raises(MessageError) as caught:
        RescueFrame.from_bytes(data)
    assert caught.value.where == where


@pytest.mark.parametrize("session", ["short", "s" * 44, "sess ion-1", "session-\u00e9", "session-1\n", ""])
def test_a_parcel_of_no_session_is_refused(session: str) -> None:
    frame = RescueFrame(RescueKind.SOUND, 1, 0, b"x").to_bytes()
    name = session.encode("utf-8")
    with pytest.raises(MessageError) as caught:
        RescueParcel.from_bytes(bytes([len(name)]) + name + frame)
    assert caught.value.where == "session"


@pytest.mark.parametrize("still", [-1, 2**32, 1.5])
def test_an_acknowledgement_outside_the_frames_numbers_is_refused(still: float) -> None:
    page = {"type": "rescue", "on": True, "sent_ms": 1, "still": still}
    with pytest.raises(MessageError, match="still"):
        parse(FROM_PAGE, "message", json.dumps(page))
    with pytest.raises(MessageError, match="still"):
        parse(SIGNAL_TO_ROBOT, "signal", json.dumps(page | {"session": "s" * 10, "connection": "k" * 10}))


def test_a_page_says_it_without_knowing_session_or_connection() -> None:
    said = parse(FROM_PAGE, "message", '{"type":"rescue","on":true,"sent_ms":1.5}')
    assert said == PageRescue(on=True, sent_ms=1.5, still=0)
    word = Rescue(session="s" * 10, connection="k" * 10, on=False, still=2**32 - 1, sent_ms=0)
    assert parse(SIGNAL_TO_ROBOT, "signal", word.model_dump_json()) == word
