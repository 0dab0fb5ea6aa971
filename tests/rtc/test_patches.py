"""Each reach into aiortc, against the real objects: it works, and it is still needed.

A failure of a `still_needed` test means that a new aiortc does it by itself: take the patch out.
"""

from __future__ import annotations

import struct
from fractions import Fraction

import av
import pytest
from aiortc import (
    RTCConfiguration,
    RTCPeerConnection,
    RTCRtpReceiver,
    RTCRtpSender,
    RTCSessionDescription,
)
from aiortc.codecs import CODECS, HEADER_EXTENSIONS
from aiortc.codecs.h264 import H264Encoder
from aiortc.codecs.opus import OpusDecoder, OpusEncoder
from aiortc.codecs.vpx import Vp8Encoder, VpxPayloadDescriptor
from aiortc.jitterbuffer import JitterBuffer
from aiortc.rtcdtlstransport import RTCCertificate, RTCDtlsTransport
from aiortc.rtcicetransport import RTCIceGatherer, RTCIceTransport
from aiortc.rtcrtpparameters import (
    RTCRtpCodecParameters,
    RTCRtpHeaderExtensionParameters,
    RTCRtpParameters,
    RTCRtpReceiveParameters,
)
from aiortc.rtcrtpreceiver import RemoteStreamTrack
from aiortc.rtp import (
    RTCP_PSFB_APP,
    RTCP_PSFB_FIR,
    RTCP_PSFB_PLI,
    RTCP_RTPFB_NACK,
    RTP_HISTORY_SIZE,
    HeaderExtensions,
    HeaderExtensionsMap,
    RtcpPacket,
    RtcpPsfbPacket,
    RtcpReceiverInfo,
    RtcpRrPacket,
    RtcpRtpfbPacket,
    RtpPacket,
    pack_remb_fci,
    unpack_header_extensions,
)
from aiortc.sdp import SessionDescription

from robot_agent.media.voice_packet import VoicePacket
from robot_agent.rtc import patches
from robot_agent.rtc.errors import IncompatibleAiortcError
from robot_agent.rtc.rtp_packets import PLAYOUT_DELAY_URI, TRANSPORT_CC_URI
from robot_agent.rtc.voice import voice_receiver

MID = RTCRtpHeaderExtensionParameters(id=1, uri="urn:ietf:params:rtp-hdrext:sdes:mid")


def transport() -> RTCDtlsTransport:
    ice = RTCIceTransport(RTCIceGatherer(iceServers=[]))
    return RTCDtlsTransport(ice, [RTCCertificate.generateCertificate()])


def video_sender() -> RTCRtpSender:
    return RTCRtpSender("video", transport())


class Feedback:
    def __init__(self) -> None:
        self.key_frames = 0
        self.remb: list[int] = []
        self.reports: list[patches.ReceptionReport] = []

    def on_key_frame_request(self) -> None:
        self.key_frames += 1

    def on_remb(self, bps: int) -> None:
        self.remb.append(bps)

    def on_report(self, report: patches.ReceptionReport) -> None:
        self.reports.append(report)


# header extensions


def test_the_extensions_are_still_needed() -> None:
    known = {one.uri for kind in ("audio", "video") for one in HEADER_EXTENSIONS[kind]}
    assert not known & {PLAYOUT_DELAY_URI, TRANSPORT_CC_URI}
    assert not hasattr(HeaderExtensions(), "playout_delay")
    assert all(patches.TRANSPORT_CC not in codec.rtcpFeedback for kind in CODECS.values() for codec in kind)


OFFERED = """v=0
o=- 1 2 IN IP4 127.0.0.1
s=-
t=0 0
a=group:BUNDLE 0
m=video 9 UDP/TLS/RTP/SAVPF 108 109
c=IN IP4 0.0.0.0
a=ice-ufrag:abcd
a=ice-pwd:abcdefghijklmnopqrstuvwx
a=fingerprint:sha-256 {fingerprint}
a=setup:actpass
a=mid:0
a=recvonly
a=rtcp-mux
a=extmap:1 urn:ietf:params:rtp-hdrext:sdes:mid
{extensions}a=rtpmap:108 H264/90000
a=rtcp-fb:108 nack
{feedback}a=fmtp:108 level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f
a=rtpmap:109 rtx/90000
a=fmtp:109 apt=108
"""


async def agree(extensions: str, feedback: str) -> tuple[str, patches.FixedExtensionsMap]:
    """The answer to an offer with these lines, and the map of its sender."""
    sdp = OFFERED.format(extensions=extensions, feedback=feedback, fingerprint=":".join(["00"] * 32))
    peer = RTCPeerConnection(RTCConfiguration(iceServers=[]))
    try:
        transceiver = peer.addTransceiver("video", direction="sendonly")
        await peer.setRemoteDescription(RTCSessionDescription(sdp, "offer"))
        offered = SessionDescription.parse(sdp).media[0].rtp
        extensions_map = patches.teach_extensions(transceiver, offered)
        patches.teach_extensions(transceiver, offered)  # a second time changes nothing
        return (await peer.createAnswer()).sdp, extensions_map
    finally:
        await peer.close()


async def test_extensions_are_agreed_on_where_they_are_offered() -> None:
    both = f"a=extmap:6 {PLAYOUT_DELAY_URI}\na=extmap:4 {TRANSPORT_CC_URI}\n"
    answer, _ = await agree(both, "a=rtcp-fb:108 transport-cc\n")
    assert answer.count(f"a=extmap:6 {PLAYOUT_DELAY_URI}") == 1
    assert answer.count(f"a=extmap:4 {TRANSPORT_CC_URI}") == 1
    assert answer.count("a=rtcp-fb:108 transport-cc") == 1


async def test_extensions_are_left_out_where_they_are_not_offered() -> None:
    answer, extensions_map = await agree("", "")
    assert "transport-cc" not in answer
    assert "playout-delay" not in answer
    assert not extensions_map.has_playout_delay


def test_a_packet_has_the_agreed_extensions() -> None:
    ours = patches.FixedExtensionsMap()
    numbers = {MID.uri: 1, PLAYOUT_DELAY_URI: 6, TRANSPORT_CC_URI: 4}
    agreed = [RTCRtpHeaderExtensionParameters(id=number, uri=uri) for uri, number in numbers.items()]
    ours.configure(RTCRtpParameters(headerExtensions=agreed, muxId="0"))
    assert ours.has_playout_delay
    assert extensions(ours) == [(4, b"\0\0"), (1, b"0"), (6, b"\0\0\0")]
    ours.set_playout(100, 40950)
    assert ours.playout_ms == (100, 40950)
    assert extensions(ours) == [(4, b"\0\0"), (1, b"0"), (6, b"\x00\xaf\xff")]


def extensions(extensions_map: HeaderExtensionsMap) -> list[tuple[int, bytes]]:
    packet = RtpPacket(payload_type=97, sequence_number=1, payload=b"x")
    data = packet.serialize(extensions_map)
    profile, words = struct.unpack_from("!HH", data, 12)
    return unpack_header_extensions(profile, data[16 : 16 + 4 * words])


# feedback


async def test_feedback_reaches_us() -> None:
    sender, feedback = video_sender(), Feedback()
    patches.deliver_feedback(sender, feedback)
    own, other = sender._ssrc, (sender._ssrc + 1) % 2**32
    for fmt in (RTCP_PSFB_PLI, RTCP_PSFB_FIR):
        await sender._handle_rtcp_packet(RtcpPsfbPacket(fmt=fmt, ssrc=1, media_ssrc=own))
    assert feedback.key_frames == 2
    for ssrc in (own, other):
        fci = pack_remb_fci(1_000_000, [ssrc])
        await sender._handle_rtcp_packet(RtcpPsfbPacket(fmt=RTCP_PSFB_APP, ssrc=1, media_ssrc=0, fci=fci))
    assert feedback.remb == [pytest.approx(1_000_000, rel=0.01)]
    await sender._handle_rtcp_packet(RtcpPsfbPacket(fmt=RTCP_PSFB_APP, ssrc=1, media_ssrc=0, fci=b"JUNK"))
    reports = [
        RtcpReceiverInfo(ssrc=ssrc, fraction_lost=64, packets_lost=9, highest_sequence=1, jitter=5, lsr=6, dlsr=7)
        for ssrc in (own, other)
    ]
    await sender._handle_rtcp_packet(RtcpRrPacket(ssrc=1, reports=reports))
    assert feedback.reports == [patches.ReceptionReport(loss=0.25, jitter=5, lsr=6, dlsr=7)]
    stats = await sender.getStats()
    assert any(one.type == "remote-inbound-rtp" for one in stats.values())  # aiortc still gets it too


async def test_feedback_is_still_needed() -> None:
    sender = video_sender()
    await sender._handle_rtcp_packet(RtcpPsfbPacket(fmt=RTCP_PSFB_PLI, ssrc=1, media_ssrc=sender._ssrc))
    assert sender._RTCRtpSender__force_keyframe is True  # type: ignore[attr-defined]  # and nobody is told


# retransmissions


class Wire:
    """What a sender sends, instead of a network."""

    def __init__(self, sender: RTCRtpSender) -> None:
        self.sent: list[int] = []

        async def send(data: bytes) -> None:
            self.sent.append(struct.unpack_from("!H", data, 2)[0])

        sender.transport._send_rtp = send  # type: ignore[method-assign]


def remember(sender: RTCRtpSender, sequence: int) -> None:
    packet = RtpPacket(payload_type=97, sequence_number=sequence, payload=b"x" * 1000)
    history = sender._RTCRtpSender__rtp_history  # type: ignore[attr-defined]
    history[sequence % RTP_HISTORY_SIZE] = packet


def nack(sender: RTCRtpSender, *lost: int) -> RtcpRtpfbPacket:
    return RtcpRtpfbPacket(fmt=RTCP_RTPFB_NACK, ssrc=1, media_ssrc=sender._ssrc, lost=list(lost))


async def test_missing_packets_are_told_to_us_and_not_answered() -> None:
    sender, missing = video_sender(), list[int]()
    wire = Wire(sender)
    patches.deliver_nacks(sender, missing.append)
    remember(sender, 7)
    await sender._handle_rtcp_packet(nack(sender, 7, 9))
    assert missing == [7, 9]
    assert wire.sent == []


async def test_the_guard_is_still_needed() -> None:
    sender = video_sender()
    wire = Wire(sender)
    remember(sender, 7)
    for _ in range(20):
        await sender._handle_rtcp_packet(nack(sender, 7))
    assert len(wire.sent) == 20


async def test_sources_and_types_of_retransmissions() -> None:
    sender = video_sender()
    assert patches.sources(sender) == (sender._ssrc, sender._rtx_ssrc)
    assert patches.retransmission_type(sender) is None
    sender._RTCRtpSender__rtx_payload_type = 98  # type: ignore[attr-defined]
    assert patches.retransmission_type(sender) == 98


# the way out, and reports on all packets


async def test_every_packet_of_media_passes_by_us() -> None:
    sender, passed = video_sender(), list[bytes]()
    sent: list[bytes] = []

    async def wire(data: bytes) -> None:
        sent.append(data)

    async def outgoing(data: bytes) -> None:
        passed.append(data)
        await original(data)

    sender.transport._send_rtp = wire  # type: ignore[method-assign]
    original = patches.take_over_sending(sender.transport, outgoing)
    await sender._send_rtcp([RtcpRrPacket(ssrc=1)])
    remember(sender, 7)
    await sender._handle_rtcp_packet(nack(sender, 7))
    assert len(passed) == 2
    assert sent == passed


FEEDBACK = bytes.fromhex("afcd0005 00000001 00000002 0007 0001 00000500 2001 0401")  # padded by a byte


async def test_transport_feedback_reaches_us_and_the_rest_its_sender() -> None:
    sender, heard, feedback = video_sender(), list[bytes](), Feedback()
    patches.deliver_feedback(sender, feedback)
    sender.transport._rtp_router.register_sender(sender, ssrc=sender._ssrc)
    patches.deliver_transport_feedback(sender.transport, heard.append)
    report = RtcpRrPacket(ssrc=1, reports=[RtcpReceiverInfo(sender._ssrc, 64, 9, 1, 5, 6, 7)])
    await sender.transport._handle_rtcp_data(FEEDBACK)
    await sender.transport._handle_rtcp_data(bytes(report) + FEEDBACK)
    assert heard == [FEEDBACK, FEEDBACK]
    assert len(feedback.reports) == 1


def test_reading_transport_feedback_is_still_needed() -> None:
    (read,) = RtcpPacket.parse(FEEDBACK[:-2] + b"\x00\x04")  # with padding of four bytes, that the length stays whole
    assert isinstance(read, RtcpRtpfbPacket)
    assert not hasattr(read, "fci")  # what it said is gone
    with pytest.raises(ValueError, match="length is invalid"):
        RtcpPacket.parse(FEEDBACK)


# sound


async def connected_receiver() -> RTCRtpReceiver:
    """A receiver of Opus as after negotiation; `stop` it in the end."""
    receiver = RTCRtpReceiver("audio", transport())
    receiver._track = RemoteStreamTrack("audio")
    opus = RTCRtpCodecParameters(mimeType="audio/opus", clockRate=48_000, channels=2, payloadType=111)
    await receiver.receive(RTCRtpReceiveParameters(codecs=[opus]))
    return receiver


def sound_packet(sequence: int, payload: bytes = b"opus") -> RtpPacket:
    return RtpPacket(payload_type=111, sequence_number=sequence, timestamp=sequence * 960, ssrc=9, payload=payload)


async def test_packets_of_sound_are_taken_before_the_jitter_buffer_and_the_decoder() -> None:
    receiver = await connected_receiver()
    try:
        got: list[RtpPacket] = []
        patches.take_packets(receiver, got.append)
        order = (5, 7, 6, 6, 300)
        for sequence in order:
            await receiver._handle_rtp_packet(sound_packet(sequence), arrival_time_ms=0)
        assert [packet.sequence_number for packet in got] == list(order)
        assert got[0].payload == b"opus"
        assert receiver._RTCRtpReceiver__decoder_queue.empty()  # type: ignore[attr-defined]
        stats = (await receiver.getStats()).values()
        received = [one.packetsReceived for one in stats if one.type == "inbound-rtp"]
        assert received == [5]  # the browser still gets reception reports, which switch its copies on
    finally:
        await receiver.stop()


async def test_taking_packets_is_still_needed() -> None:
    receiver = RTCRtpReceiver("audio", transport())
    theirs = receiver._RTCRtpReceiver__jitter_buffer  # type: ignore[attr-defined]
    assert isinstance(theirs, JitterBuffer)
    assert theirs._prefetch == 4  # 80 ms for ever
    decoder = OpusDecoder()
    assert not hasattr(decoder, "conceal")
    assert not hasattr(decoder, "recover")


async def test_a_voice_packet_keeps_what_the_header_says() -> None:
    sink = Packets()
    deliver = voice_receiver(sink, clock=lambda: 12.5)
    packet = sound_packet(65_535, b"\x08x")
    packet.marker = 1
    deliver(packet)
    assert sink.got == [VoicePacket(9, 65_535, 65_535 * 960, True, b"\x08x", 12.5)]


class Packets:
    """A `VoiceSink` that keeps everything."""

    def __init__(self) -> None:
        self.got: list[VoicePacket] = []

    def push(self, packet: VoicePacket) -> None:
        self.got.append(packet)


# packets that are encoded already


def test_encoded_packets_pass_as_they_are() -> None:
    """Not a patch, but what our tracks rely on: `pack` takes H.264 access units and Opus frames of any length."""
    packet = av.Packet(b"\x00\x00\x00\x01\x67abc\x00\x00\x00\x01\x68d\x00\x00\x01\x65" + bytes(3000))
    packet.pts, packet.time_base = 123, Fraction(1, 90_000)
    payloads, timestamp = H264Encoder().pack(packet)
    assert timestamp == 123
    assert len(payloads) == 4
    assert max(map(len, payloads)) <= 1300
    assert vp8_payloads(3000, 2) == [(1, 0, 1300), (0, 0, 1300), (0, 0, 412), (1, 1, 1300), (0, 1, 1300), (0, 1, 412)]
    sound = av.Packet(b"opus")
    sound.pts, sound.time_base = 480, Fraction(1, 48_000)
    assert OpusEncoder().pack(sound) == ([b"opus"], 480)


def vp8_payloads(size: int, pictures: int) -> list[tuple[int, int, int]]:
    """Begins a picture, whose picture counted from the first, and size: what the browser puts together (RFC 7741)."""
    encoder, made = Vp8Encoder(), []
    for number in range(pictures):
        packet = av.Packet(bytes(size))
        packet.pts, packet.time_base = 3000 * number, Fraction(1, 90_000)
        payloads, timestamp = encoder.pack(packet)
        assert timestamp == 3000 * number
        made += [(VpxPayloadDescriptor.parse(payload)[0], len(payload)) for payload in payloads]
    first = made[0][0].picture_id
    return [(one.partition_start, (one.picture_id - first) % (1 << 15), length) for one, length in made]


# addresses


def test_another_aiortc_is_named() -> None:
    with pytest.raises(IncompatibleAiortcError, match="RTCRtpReceiver has no _RTCRtpReceiver__jitter_buffer"):
        patches.take_packets(object(), lambda packet: None)  # type: ignore[arg-type]
