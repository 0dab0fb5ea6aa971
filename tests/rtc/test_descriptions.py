"""Offers that are refused, with words, and the ones that pass."""

from __future__ import annotations

import asyncio
from contextlib import suppress

import pytest
from aiortc import RTCConfiguration, RTCPeerConnection, RTCSessionDescription
from aiortc.rtcconfiguration import RTCBundlePolicy
from aiortc.sdp import MediaDescription, SessionDescription
from hypothesis import given
from hypothesis import strategies as st

from robot_agent.media.interfaces import Codec
from robot_agent.rtc.descriptions import (
    MAX_OFFER_CHARS,
    check_offer,
    picture_codec,
    usable_candidates,
    with_voice_wishes,
)
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


def offering(*lines: str) -> MediaDescription:
    """The picture's section of an offer with these codecs, in this order."""
    numbers = " ".join(line.split()[0] for line in lines if "fmtp" not in line)
    head = ["v=0", "o=- 1 2 IN IP4 0.0.0.0", "s=-", "t=0 0", f"m=video 9 UDP/TLS/RTP/SAVPF {numbers}", "a=mid:0"]
    body = [f"a=fmtp:{line[5:]}" if line.startswith("fmtp ") else f"a=rtpmap:{line}" for line in lines]
    return SessionDescription.parse("\r\n".join([*head, *body])).media[0]


VP8 = ("120 VP8/90000",)
H264 = ("126 H264/90000", "fmtp 126 profile-level-id=42e01f;level-asymmetry-allowed=1;packetization-mode=1")
NO_MODE = ("126 H264/90000", "fmtp 126 profile-level-id=42e01f;level-asymmetry-allowed=1")
HIGH = ("126 H264/90000", "fmtp 126 profile-level-id=640c1f;packetization-mode=1")


@pytest.mark.parametrize(
    ("lines", "codec"),
    [
        ((*H264, *VP8), Codec.H264),
        ((*VP8, *H264), Codec.H264),
        (VP8, Codec.VP8),
        ((*HIGH, *VP8), Codec.VP8),
        ((*NO_MODE, *VP8), Codec.VP8),
        (HIGH, None),
        (("99 AV1/90000", "121 VP9/90000"), None),
    ],
)
def test_h264_is_for_everybody_who_takes_ours_and_vp8_for_the_others(lines: tuple[str, ...], codec: Codec) -> None:
    assert picture_codec(offering(*lines)) is codec


def test_an_offer_without_a_codec_of_ours_is_refused(good_offer: str) -> None:
    without = good_offer.replace("H264", "AV1X")
    assert check_offer(without)
    with pytest.raises(BadOfferError, match="no H264 for its video"):
        check_offer(without, [Codec.H264])
    with pytest.raises(BadOfferError, match="no H264 or VP8 for its video"):
        check_offer(without.replace("VP8", "VP9"))


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
        check_offer(usable_candidates("".join(lines)))


HEAD = ["v=0", "a=group:BUNDLE 0 1"]
HOST = "a=candidate:2 1 udp 2113937151 192.0.2.7 44475 typ host"
RELAY = "a=candidate:3 1 udp 50339839 192.0.2.9 44476 typ relay raddr 0.0.0.0 rport 0"
HIDDEN = "a=candidate:1 1 udp 2113937151 cd1f42f1-460d-4201-825d-906013a315d2.local 44474 typ host"


def test_the_candidates_of_a_bundle_stand_in_every_section_and_hidden_ones_in_none() -> None:
    browser = [*HEAD, "m=video", HIDDEN, HOST, RELAY, "a=mid:0", "m=audio", "a=mid:1"]
    both = [*HEAD, "m=video", "a=mid:0", HOST, RELAY, "m=audio", "a=mid:1", HOST, RELAY]
    assert usable_candidates("\r\n".join(browser)).splitlines() == both
    unbundled = [*HEAD, "m=audio", "a=mid:1", HOST, "a=end-of-candidates", "m=video", "a=mid:0", RELAY]
    first_only = [*HEAD, "m=audio", "a=mid:1", RELAY, "m=video", "a=mid:0", RELAY]
    assert usable_candidates("\n".join(unbundled)).splitlines() == first_only


async def known_to_aiortc(sdp: str) -> set[str]:
    peer = RTCPeerConnection(RTCConfiguration(iceServers=[], bundlePolicy=RTCBundlePolicy.MAX_BUNDLE))
    try:
        await peer.setRemoteDescription(RTCSessionDescription(sdp, "offer"))
        transport = peer.getTransceivers()[0].receiver.transport.transport
        return {candidate.type for candidate in transport._connection.remote_candidates}
    finally:
        await peer.close()


async def test_aiortc_still_loses_the_candidates_of_a_bundle_without_us(good_offer: str) -> None:
    sdp = good_offer.replace("a=mid:0\r\n", f"a=mid:0\r\n{HOST}\r\n{RELAY}\r\n")
    assert sdp != good_offer
    assert await known_to_aiortc(sdp) == set()
    assert await known_to_aiortc(usable_candidates(sdp)) == {"host", "relay"}


def test_the_answer_asks_for_voice_packets_with_copies(good_offer: str) -> None:
    wished = with_voice_wishes(good_offer)
    pictures, voice = (wished[wished.index(f"m={kind}") :].split("\r\nm=")[0] for kind in ("video", "audio"))
    assert "a=fmtp:96 minptime=10;useinbandfec=1\r\n" in voice
    assert "useinbandfec" not in pictures
    assert with_voice_wishes(wished) == wished
    parsed = check_offer(wished)
    assert [len(media.rtp.codecs) for media in parsed.media] == [
        len(media.rtp.codecs) for media in check_offer(good_offer).media
    ]
