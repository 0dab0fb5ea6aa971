"""Offers that are refused, with words, and the ones that pass."""

from __future__ import annotations

import asyncio
from contextlib import suppress

import pytest
from aiortc import RTCConfiguration, RTCPeerConnection
from aiortc.rtcconfiguration import RTCBundlePolicy
from hypothesis import given
from hypothesis import strategies as st

from robot_agent.rtc.descriptions import MAX_OFFER_CHARS, check_offer, without_hidden_hosts
from robot_agent.rtc.errors import BadOfferError


@pytest.fixture(scope="module")
def good_offer() -> str:
    async def make() -> str:
        peer = RTCPeerConnection(RTCConfiguration(iceServers=[], bundlePolicy=RTCBundlePolicy.MAX_BUNDLE))
        peer.addTransceiver("video", direction="recvonly")
        peer.addTransceiver("audio")
        peer.createDataChannel("motion")
        try:
            return (await peer.createOffer()).sdp
        finally:
            await peer.close()

    return asyncio.run(make())


def test_a_good_offer_passes(good_offer: str) -> None:
    assert {media.kind for media in check_offer(good_offer).media} == {"video", "audio", "application"}


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("H264", "AV1X", "no H264 for its video"),
        ("opus", "L16X", "no OPUS for its audio"),
        ("a=ice-ufrag", "a=x", "ICE credentials"),
        ("a=fingerprint", "a=x", "DTLS fingerprint"),
        ("m=audio", "m=text", "sections"),
        ("a=group:BUNDLE", "a=group:LS", "bundle"),
        ("a=setup:actpass", "a=setup:nonsense", "not a session description"),
        ("m=video", "m=video video", "not a session description"),
    ],
)
def test_what_is_wrong_is_said(good_offer: str, old: str, new: str, words: str) -> None:
    assert old in good_offer
    with pytest.raises(BadOfferError, match=words):
        check_offer(good_offer.replace(old, new))


def test_two_pictures_are_refused(good_offer: str) -> None:
    start, end = good_offer.index("m=video"), good_offer.index("m=audio")
    with pytest.raises(BadOfferError, match="two sections"):
        check_offer(good_offer + good_offer[start:end])


def test_size_is_limited() -> None:
    with pytest.raises(BadOfferError, match="limit"):
        check_offer("v" * (MAX_OFFER_CHARS + 1))


@given(st.text(max_size=200))
def test_nonsense_is_a_typed_error(text: str) -> None:
    with pytest.raises(BadOfferError):
        check_offer(text)


@given(st.data())
def test_a_damaged_offer_is_accepted_or_a_typed_error(good_offer: str, data: st.DataObject) -> None:
    lines = good_offer.splitlines(keepends=True)
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(lines) - 1))
        cut = data.draw(st.integers(0, len(lines[at])))
        lines[at] = lines[at][:cut] + data.draw(st.sampled_from(["", "\r\n", " 99999 ", "x:y"]))
    with suppress(BadOfferError):  # anything else is a crash
        check_offer("".join(lines))


def test_hidden_hosts_are_left_out() -> None:
    sdp = (
        "v=0\r\n"
        "a=candidate:1 1 udp 2113937151 cd1f42f1-460d-4201-825d-906013a315d2.local 44474 typ host\r\n"
        "a=candidate:2 1 udp 2113937151 192.0.2.7 44475 typ host\r\n"
        "a=end-of-candidates\r\n"
    )
    assert without_hidden_hosts(sdp).splitlines() == [
        "v=0",
        "a=candidate:2 1 udp 2113937151 192.0.2.7 44475 typ host",
        "a=end-of-candidates",
    ]
