"""Every reach into aiortc's and aioice's private parts, with its reason. Nothing else here touches a `_name` of theirs.

All of it is done to the objects of one connection, never to a class or a module, so an import changes nothing.
`tests/rtc/test_patches.py` fails when a new version makes one of these needless or wrong.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Any, Protocol

from aiortc import RTCPeerConnection, RTCRtpReceiver, RTCRtpSender, RTCRtpTransceiver, clock, rtcrtpsender
from aiortc.jitterbuffer import JitterFrame
from aiortc.mediastreams import MediaStreamTrack
from aiortc.rtcrtpparameters import RTCRtpHeaderExtensionParameters
from aiortc.rtp import (
    RTCP_PSFB_APP,
    AnyRtcpPacket,
    HeaderExtensions,
    HeaderExtensionsMap,
    RtcpPsfbPacket,
    RtcpRrPacket,
    RtcpSrPacket,
    RtpPacket,
    pack_header_extensions,
    unpack_header_extensions,
    unpack_remb_fci,
)
from aiortc.utils import uint16_gt

from robot_agent.rtc.errors import IncompatibleAiortcError
from robot_agent.rtc.retransmission import RetransmissionGuard

PLAYOUT_DELAY_URI = "http://www.webrtc.org/experiments/rtp-hdrext/playout-delay"
PLAYOUT_UNIT_MS = 10  # the extension counts in steps of 10 ms, 12 bits each for minimum and maximum


class SenderFeedback(Protocol):
    """Who is told what the far side says about our packets."""

    def on_key_frame_request(self) -> None: ...

    def on_remb(self, bps: int) -> None: ...

    def on_report(self, loss: float) -> None: ...


class PlayoutDelayMap(HeaderExtensionsMap):
    """A sender's header extensions with the playout delay on every packet.

    Reason: aiortc does not know the extension. With minimum and maximum 0 the browser shows each frame as soon as it
    is decoded: 12.5 ms at the glass instead of 32-45.
    """

    def __init__(self, extension_id: int) -> None:
        super().__init__()
        self._extension_id = extension_id
        self._value = b"\x00\x00\x00"

    def set_limits(self, min_ms: int, max_ms: int) -> None:
        """What the browser may buffer; 0 and 0 = show at once. Raises ValueError unless 0 <= min <= max <= 40950."""
        if not 0 <= min_ms <= max_ms <= 0xFFF * PLAYOUT_UNIT_MS:
            raise ValueError(f"not a playout delay: {min_ms}..{max_ms} ms")
        both = (min_ms // PLAYOUT_UNIT_MS) << 12 | max_ms // PLAYOUT_UNIT_MS
        self._value = both.to_bytes(3, "big")

    def set(self, values: HeaderExtensions) -> tuple[int, bytes]:
        """One packet's extensions, packed."""
        extensions = unpack_header_extensions(*super().set(values))
        return pack_header_extensions([*extensions, (self._extension_id, self._value)])


def teach_playout_delay(
    transceiver: RTCRtpTransceiver, offered: Sequence[RTCRtpHeaderExtensionParameters]
) -> PlayoutDelayMap | None:
    """Put the extension into the answer and on every packet, where the far side offers it.

    Call between `setRemoteDescription` and `createAnswer`.
    """
    extension = next((one for one in offered if one.uri == PLAYOUT_DELAY_URI), None)
    if extension is None:
        return None
    agreed = _get(transceiver, "RTCRtpTransceiver", "_headerExtensions")
    if all(one.uri != PLAYOUT_DELAY_URI for one in agreed):
        transceiver._headerExtensions = [*agreed, extension]
    replacement = PlayoutDelayMap(extension.id)
    _replace(transceiver.sender, "RTCRtpSender", "_RTCRtpSender__rtp_header_extensions_map", replacement)
    return replacement


def deliver_feedback(sender: RTCRtpSender, feedback: SenderFeedback) -> None:
    """PLI, FIR, REMB and receiver reports of `sender` to `feedback`.

    Reason: for a track that returns encoded packets aiortc keeps them in private fields that nobody reads.
    """
    original = _get(sender, "RTCRtpSender", "_handle_rtcp_packet")
    ssrc = _get(sender, "RTCRtpSender", "_ssrc")
    _get(sender, "RTCRtpSender", "_send_keyframe")

    async def handle(packet: AnyRtcpPacket) -> None:
        if isinstance(packet, RtcpRrPacket | RtcpSrPacket):
            for report in packet.reports:
                if report.ssrc == ssrc:
                    feedback.on_report(report.fraction_lost / 256)
        elif isinstance(packet, RtcpPsfbPacket) and packet.fmt == RTCP_PSFB_APP:
            _read_remb(packet, ssrc, feedback)
        await original(packet)

    sender._handle_rtcp_packet = handle  # type: ignore[method-assign]
    sender._send_keyframe = feedback.on_key_frame_request  # type: ignore[method-assign]


def _read_remb(packet: RtcpPsfbPacket, ssrc: int, feedback: SenderFeedback) -> None:
    try:
        bps, ssrcs = unpack_remb_fci(packet.fci)
    except ValueError:
        return  # another application's message, or a broken one: not for us
    if ssrc in ssrcs:
        feedback.on_remb(bps)


def guard_retransmissions(
    sender: RTCRtpSender,
    guard: RetransmissionGuard,
    rtt_s: Callable[[], float],
    target_bps: Callable[[], int],
) -> None:
    """Ask `guard` before a packet is sent again.

    Reason: aiortc answers every NACK at once, without limit: 5 Mbit/s of repetitions into a line of 0.3.
    """
    original = _get(sender, "RTCRtpSender", "_retransmit")
    history: dict[int, RtpPacket] = _get(sender, "RTCRtpSender", "_RTCRtpSender__rtp_history")
    size = _get(rtcrtpsender, "rtcrtpsender", "RTP_HISTORY_SIZE")

    async def retransmit(sequence: int) -> None:
        packet = history.get(sequence % size)
        if packet is None or packet.sequence_number != sequence:
            return
        if guard.allow(sequence, len(packet.payload), _age_s(packet), rtt_s(), target_bps(), time.monotonic()):
            await original(sequence)

    sender._retransmit = retransmit  # type: ignore[method-assign, assignment]


def _age_s(packet: RtpPacket) -> float:
    """Seconds since the packet was made, from its 24-bit send time of 2**-18 s (draft abs-send-time)."""
    sent = packet.extensions.abs_send_time
    if sent is None:
        raise IncompatibleAiortcError("RtpPacket", "abs_send_time")
    return float(((clock.current_ntp_time() >> 14) - sent & 0xFFFFFF) / 2**18)


class PromptAudioBuffer:
    """In place of aiortc's jitter buffer for sound: every packet is a whole frame, so it goes on at once, in order.

    Reason: aiortc's holds four packets back for ever (80 ms), and one lost packet stalls the next sixteen.
    A late packet is dropped. Waiting for late ones is the business of whoever plays.
    """

    def __init__(self) -> None:
        self._newest: int | None = None
        self.late = 0

    def add(self, packet: RtpPacket) -> tuple[bool, JitterFrame | None]:
        """As `JitterBuffer.add`: never asks for a key frame; the frame, or None for a late packet."""
        if self._newest is not None and not uint16_gt(packet.sequence_number, self._newest):
            self.late += 1
            return False, None
        self._newest = packet.sequence_number
        data: bytes = packet._data  # type: ignore[attr-defined]
        return False, JitterFrame(data=data, timestamp=packet.timestamp) if data else None


def use_prompt_audio(receiver: RTCRtpReceiver) -> PromptAudioBuffer:
    """Give a receiver of sound the buffer above. Call before the connection is up."""
    buffer = PromptAudioBuffer()
    _replace(receiver, "RTCRtpReceiver", "_RTCRtpReceiver__jitter_buffer", buffer)
    return buffer


def drop_backlog(track: MediaStreamTrack, keep: int) -> int:
    """Throw away all but the newest `keep` decoded frames of a remote track; how many went.

    Reason: its queue has no bound, so a busy moment would stay as delay.
    """
    queue = _get(track, "RemoteStreamTrack", "_queue")
    dropped = 0
    while queue.qsize() > keep:
        frame = queue.get_nowait()
        if frame is None:  # the end of the track must stay
            queue.put_nowait(None)
            break
        dropped += 1
    return dropped


def restrict_hosts(peer: RTCPeerConnection, addresses: Sequence[str]) -> None:
    """Offer only these local addresses as candidates.

    Reason: aioice takes every interface except loopback, and neither library has a setting.
    Call between `setRemoteDescription` and `setLocalDescription`.
    """
    wanted = list(addresses)
    for connection in _ice_connections(peer):
        original = _get(connection, "Connection", "get_component_candidates")

        async def gather(
            component: int, addresses: Sequence[str], timeout: int = 5, *, original: Any = original
        ) -> Any:
            return await original(component=component, addresses=wanted, timeout=timeout)

        connection.get_component_candidates = gather


def watch_arrivals(peer: RTCPeerConnection, heard: Callable[[], None]) -> None:
    """Call `heard` for every datagram of the far side (media, reports, data channels; not connectivity checks).

    Reason: aiortc notices a dead path after 32 s only, and closes a slow one that works: liveness is ours.
    """
    for connection in _ice_connections(peer):
        original = _get(connection, "Connection", "data_received")

        def arrived(data: bytes, component: int, original: Any = original) -> None:
            heard()
            original(data, component)

        connection.data_received = arrived


def _ice_connections(peer: RTCPeerConnection) -> list[Any]:
    transports = {transceiver.receiver.transport.transport for transceiver in peer.getTransceivers()}
    if peer.sctp is not None:
        transports.add(peer.sctp.transport.transport)
    return [_get(transport, "RTCIceTransport", "_connection") for transport in transports]


def _get(thing: object, where: str, name: str) -> Any:
    try:
        return getattr(thing, name)
    except AttributeError:
        raise IncompatibleAiortcError(where, name) from None


def _replace(thing: object, where: str, name: str, value: object) -> None:
    _get(thing, where, name)
    setattr(thing, name, value)
