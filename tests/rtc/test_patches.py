"""Each reach into aiortc, against the real objects: it works, and it is still needed.

A failure of a `still_needed` test means that a new aiortc does it by itself: take the patch out.
"""

from __future__ import annotations

import struct
from fractions import Fraction

import aioice.ice
import av
import pytest
from aiortc import (
    RTCConfiguration,
    RTCPeerConnection,
    RTCRtpReceiver,
    RTCRtpSender,
    clock,
)
from aiortc.codecs import HEADER_EXTENSIONS
from aiortc.codecs.h264 import H264Encoder
from aiortc.codecs.opus import OpusEncoder
from aiortc.jitterbuffer import JitterBuffer
from aiortc.rtcdtlstransport import RTCCertificate, RTCDtlsTransport
from aiortc.rtcicetransport import RTCIceGatherer, RTCIceTransport
from aiortc.rtcrtpparameters import RTCRtpHeaderExtensionParameters, RTCRtpParameters
from aiortc.rtcrtpreceiver import RemoteStreamTrack
from aiortc.rtp import (
    RTCP_PSFB_APP,
    RTCP_PSFB_FIR,
    RTCP_PSFB_PLI,
    RTCP_RTPFB_NACK,
    RTP_HISTORY_SIZE,
    HeaderExtensions,
    HeaderExtensionsMap,
    RtcpPsfbPacket,
    RtcpReceiverInfo,
    RtcpRrPacket,
    RtcpRtpfbPacket,
    RtpPacket,
    pack_remb_fci,
    unpack_header_extensions,
)

from robot_agent.rtc import patches
from robot_agent.rtc.errors import IncompatibleAiortcError
from robot_agent.rtc.retransmission import RetransmissionGuard

MID = RTCRtpHeaderExtensionParameters(id=1, uri="urn:ietf:params:rtp-hdrext:sdes:mid")
PLAYOUT = RTCRtpHeaderExtensionParameters(id=6, uri=patches.PLAYOUT_DELAY_URI)


def transport() -> RTCDtlsTransport:
    ice = RTCIceTransport(RTCIceGatherer(iceServers=[]))
    return RTCDtlsTransport(ice, [RTCCertificate.generateCertificate()])


def video_sender() -> RTCRtpSender:
    return RTCRtpSender("video", transport())


class Feedback:
    def __init__(self) -> None:
        self.key_frames = 0
        self.remb: list[int] = []
        self.loss: list[float] = []

    def on_key_frame_request(self) -> None:
        self.key_frames += 1

    def on_remb(self, bps: int) -> None:
        self.remb.append(bps)

    def on_report(self, loss: float) -> None:
        self.loss.append(loss)


# playout delay


def test_playout_delay_is_still_needed() -> None:
    assert all(one.uri != patches.PLAYOUT_DELAY_URI for one in HEADER_EXTENSIONS["video"])
    assert not hasattr(HeaderExtensions(), "playout_delay")


async def test_playout_delay_is_agreed_on_and_put_on_every_packet() -> None:
    peer = RTCPeerConnection(RTCConfiguration(iceServers=[]))
    try:
        transceiver = peer.addTransceiver("video", direction="sendonly")
        delay = patches.teach_playout_delay(transceiver, [MID, PLAYOUT])
        assert delay is not None
        patches.teach_playout_delay(transceiver, [MID, PLAYOUT])
        assert transceiver._headerExtensions.count(PLAYOUT) == 1
        assert transceiver.sender._RTCRtpSender__rtp_header_extensions_map is not None  # type: ignore[attr-defined]
        delay = transceiver.sender._RTCRtpSender__rtp_header_extensions_map  # type: ignore[attr-defined]
        delay.configure(RTCRtpParameters(headerExtensions=[MID, PLAYOUT]))
        assert extensions(delay) == [(1, b"0"), (6, b"\0\0\0")]
        delay.set_limits(100, 40950)
        assert extensions(delay) == [(1, b"0"), (6, b"\x00\xaf\xff")]
    finally:
        await peer.close()


def extensions(delay: HeaderExtensionsMap) -> list[tuple[int, bytes]]:
    packet = RtpPacket(payload_type=97, sequence_number=1, payload=b"x")
    packet.extensions.mid = "0"
    data = packet.serialize(delay)
    profile, words = struct.unpack_from("!HH", data, 12)
    return unpack_header_extensions(profile, data[16 : 16 + 4 * words])


async def test_playout_delay_is_left_out_where_it_is_not_offered() -> None:
    peer = RTCPeerConnection(RTCConfiguration(iceServers=[]))
    try:
        transceiver = peer.addTransceiver("video", direction="sendonly")
        assert patches.teach_playout_delay(transceiver, [MID]) is None
        assert transceiver._headerExtensions == []
    finally:
        await peer.close()


@pytest.mark.parametrize(("low", "high"), [(-10, 0), (20, 10), (0, 40960)])
def test_playout_limits_are_checked(low: int, high: int) -> None:
    with pytest.raises(ValueError, match="playout delay"):
        patches.PlayoutDelayMap(6).set_limits(low, high)


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
        RtcpReceiverInfo(ssrc=ssrc, fraction_lost=64, packets_lost=9, highest_sequence=1, jitter=0, lsr=0, dlsr=0)
        for ssrc in (own, other)
    ]
    await sender._handle_rtcp_packet(RtcpRrPacket(ssrc=1, reports=reports))
    assert feedback.loss == [0.25]
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


def remember(sender: RTCRtpSender, sequence: int, age_s: float = 0.0) -> None:
    packet = RtpPacket(payload_type=97, sequence_number=sequence, payload=b"x" * 1000)
    sent = (clock.current_ntp_time() >> 14) - int(age_s * 2**18)
    packet.extensions.abs_send_time = sent & 0xFFFFFF
    history = sender._RTCRtpSender__rtp_history  # type: ignore[attr-defined]
    history[sequence % RTP_HISTORY_SIZE] = packet


def nack(sender: RTCRtpSender, *lost: int) -> RtcpRtpfbPacket:
    return RtcpRtpfbPacket(fmt=RTCP_RTPFB_NACK, ssrc=1, media_ssrc=sender._ssrc, lost=list(lost))


async def test_retransmissions_are_guarded() -> None:
    sender, guard = video_sender(), RetransmissionGuard()
    wire = Wire(sender)
    patches.guard_retransmissions(sender, guard, rtt_s=lambda: 10.0, target_bps=lambda: 1_000_000)
    remember(sender, 7)
    remember(sender, 8, age_s=30.0)
    for _ in range(20):
        await sender._handle_rtcp_packet(nack(sender, 7, 8, 9))
    assert wire.sent == [7]
    assert (guard.allowed, guard.refused) == (1, 39)


async def test_the_guard_is_still_needed() -> None:
    sender = video_sender()
    wire = Wire(sender)
    remember(sender, 7)
    for _ in range(20):
        await sender._handle_rtcp_packet(nack(sender, 7))
    assert len(wire.sent) == 20


# sound


async def test_the_prompt_buffer_is_still_needed_and_fits() -> None:
    receiver = RTCRtpReceiver("audio", transport())
    theirs = receiver._RTCRtpReceiver__jitter_buffer  # type: ignore[attr-defined]
    assert isinstance(theirs, JitterBuffer)
    assert theirs._prefetch == 4
    ours = patches.use_prompt_audio(receiver)
    assert receiver._RTCRtpReceiver__jitter_buffer is ours  # type: ignore[attr-defined]


def test_sound_goes_on_at_once_in_order_and_over_a_loss() -> None:
    buffer = patches.PromptAudioBuffer()
    got = []
    for sequence in (65534, 65535, 1, 0, 2, 2, 3):  # wraps; 0 is late, 2 comes twice
        packet = RtpPacket(payload_type=111, sequence_number=sequence, timestamp=sequence * 960)
        packet._data = bytes([sequence % 256])  # type: ignore[attr-defined]
        ask, frame = buffer.add(packet)
        assert not ask
        if frame is not None:
            got.append(frame.data[0])
    assert got == [254, 255, 1, 2, 3]
    assert buffer.late == 2


async def test_a_backlog_is_thrown_away_but_the_end_stays() -> None:
    track = RemoteStreamTrack("audio")
    for number in range(10):
        track._queue.put_nowait(number)
    assert patches.drop_backlog(track, keep=3) == 7
    assert [track._queue.get_nowait() for _ in range(3)] == [7, 8, 9]
    for item in (1, None, None, None):
        track._queue.put_nowait(item)
    patches.drop_backlog(track, keep=1)
    assert None in track._queue._queue  # type: ignore[attr-defined]


# packets that are encoded already


def test_encoded_packets_pass_as_they_are() -> None:
    """Not a patch, but what our tracks rely on: `pack` takes H.264 access units and Opus frames of any length."""
    packet = av.Packet(b"\x00\x00\x00\x01\x67abc\x00\x00\x00\x01\x68d\x00\x00\x01\x65" + bytes(3000))
    packet.pts, packet.time_base = 123, Fraction(1, 90_000)
    payloads, timestamp = H264Encoder().pack(packet)
    assert timestamp == 123
    assert len(payloads) == 4
    assert max(map(len, payloads)) <= 1300
    sound = av.Packet(b"opus")
    sound.pts, sound.time_base = 480, Fraction(1, 48_000)
    assert OpusEncoder().pack(sound) == ([b"opus"], 480)


# addresses


async def test_only_the_named_addresses_are_offered() -> None:
    peer = RTCPeerConnection(RTCConfiguration(iceServers=[]))
    try:
        peer.createDataChannel("motion")
        peer.addTransceiver("video")
        patches.restrict_hosts(peer, ["127.0.0.1"])
        await peer.setLocalDescription()
        lines = [line for line in peer.localDescription.sdp.splitlines() if line.startswith("a=candidate:")]
        assert lines
        assert {line.split()[4] for line in lines} == {"127.0.0.1"}
    finally:
        await peer.close()


def test_restricting_is_still_needed() -> None:
    addresses = aioice.ice.get_host_addresses(use_ipv4=True, use_ipv6=True)
    assert "127.0.0.1" not in addresses  # a robot on loopback only could not be reached without


async def test_no_public_server_unless_named() -> None:
    assert RTCIceGatherer()._connection.stun_server is not None  # aiortc's default, which is why we name none
    peer = RTCPeerConnection(RTCConfiguration(iceServers=[]))
    try:
        peer.createDataChannel("motion")
        assert peer.sctp is not None
        connection = peer.sctp.transport.transport._connection
        assert connection.stun_server is None
        assert connection.turn_server is None
    finally:
        await peer.close()


async def test_arrivals_are_heard_and_passed_on() -> None:
    peer = RTCPeerConnection(RTCConfiguration(iceServers=[]))
    heard: list[int] = []
    try:
        peer.createDataChannel("motion")
        patches.watch_arrivals(peer, lambda: heard.append(1))
        assert peer.sctp is not None
        connection = peer.sctp.transport.transport._connection
        connection.data_received(b"x", 1)
        assert heard == [1]
        assert connection._queue.get_nowait() == (b"x", 1)
    finally:
        await peer.close()


def test_another_aiortc_is_named() -> None:
    with pytest.raises(IncompatibleAiortcError, match="RemoteStreamTrack has no _queue"):
        patches.drop_backlog(object(), keep=1)  # type: ignore[arg-type]
