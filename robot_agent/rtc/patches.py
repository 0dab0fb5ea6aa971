"""Every reach into aiortc's and aioice's private parts, with its reason. Nothing else here touches a `_name` of theirs.

All of it is done to the objects of one connection, never to a class or a module, so an import changes nothing.
`tests/rtc/test_patches.py` fails when a new version makes one of these needless or wrong.
"""

from __future__ import annotations

import socket
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from aioice import turn
from aiortc import RTCPeerConnection, RTCRtpReceiver, RTCRtpSender, RTCRtpTransceiver
from aiortc.jitterbuffer import JitterFrame
from aiortc.rtcdtlstransport import RTCDtlsTransport
from aiortc.rtcrtpparameters import RTCRtcpFeedback, RTCRtpParameters
from aiortc.rtp import (
    RTCP_PSFB_APP,
    AnyRtcpPacket,
    HeaderExtensions,
    HeaderExtensionsMap,
    RtcpPsfbPacket,
    RtcpRrPacket,
    RtcpSrPacket,
    RtpPacket,
    unpack_remb_fci,
)

from robot_agent.rtc.errors import IncompatibleAiortcError
from robot_agent.rtc.rtp_packets import PLAYOUT_DELAY_URI, TRANSPORT_CC_URI, ExtensionLayout, lay_out
from robot_agent.rtc.transport_feedback import split_feedback

TRANSPORT_CC = RTCRtcpFeedback(type="transport-cc")

SendBytes = Callable[[bytes], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class ReceptionReport:
    """What a receiver report says of one stream (RFC 3550 section 6.4.1).

    `loss` is a fraction since the report before; `jitter` counts in the stream's clock; `lsr` and `dlsr` (1/65536 s)
    name the sender report that came last and how long ago.
    """

    loss: float
    jitter: int
    lsr: int
    dlsr: int


class SenderFeedback(Protocol):
    """Who is told what the far side says about our packets."""

    def on_key_frame_request(self) -> None: ...

    def on_remb(self, bps: int) -> None: ...

    def on_report(self, report: ReceptionReport) -> None: ...


class FixedExtensionsMap(HeaderExtensionsMap):
    """A sender's header extensions as constant bytes with room for what is stamped in when a packet leaves.

    Reason: aiortc knows neither the playout delay (0 and 0: the browser shows each frame as soon as it is decoded,
    12.5 ms at the glass instead of 32-45) nor a transport-wide number for packets that wait in a pacer. It also packs
    every packet's extensions anew.
    """

    def __init__(self) -> None:
        super().__init__()
        self._ids: dict[str, int] = {}
        self._mid = ""
        self._playout_ms = (0, 0)
        self.layout: ExtensionLayout = lay_out({}, "", (0, 0))

    @property
    def playout_ms(self) -> tuple[int, int]:
        """What the browser is told it may buffer."""
        return self._playout_ms

    @property
    def has_playout_delay(self) -> bool:
        """Whether the far side knows the extension."""
        return PLAYOUT_DELAY_URI in self._ids

    def set_playout(self, min_ms: int, max_ms: int) -> None:
        """What the browser may buffer from the next packet on; 0 and 0 = show at once. Raises ValueError."""
        self.layout = lay_out(self._ids, self._mid, (min_ms, max_ms))
        self._playout_ms = (min_ms, max_ms)

    def configure(self, parameters: RTCRtpParameters) -> None:
        """What was agreed on."""
        super().configure(parameters)
        self._ids = {one.uri: one.id for one in parameters.headerExtensions}
        self._mid = parameters.muxId
        self.layout = lay_out(self._ids, self._mid, self._playout_ms)

    def set(self, values: HeaderExtensions) -> tuple[int, bytes]:
        """One packet's extensions, not stamped yet; `values` is not looked at."""
        return self.layout.profile, self.layout.block


def teach_extensions(transceiver: RTCRtpTransceiver, offered: RTCRtpParameters) -> FixedExtensionsMap:
    """Agree on playout delay and transport-wide feedback where the far side offers them.

    Call between `setRemoteDescription` and `createAnswer`.
    """
    wanted = {PLAYOUT_DELAY_URI, TRANSPORT_CC_URI} if transceiver.kind == "video" else {TRANSPORT_CC_URI}
    agreed = _get(transceiver, "RTCRtpTransceiver", "_headerExtensions")
    known = {one.uri for one in agreed}
    new = [one for one in offered.headerExtensions if one.uri in wanted - known]
    transceiver._headerExtensions = [*agreed, *new]
    reporting = {codec.payloadType for codec in offered.codecs if TRANSPORT_CC in codec.rtcpFeedback}
    for codec in _get(transceiver, "RTCRtpTransceiver", "_codecs"):
        if codec.payloadType in reporting and TRANSPORT_CC not in codec.rtcpFeedback:
            codec.rtcpFeedback.append(TRANSPORT_CC)
    replacement = FixedExtensionsMap()
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
            for one in packet.reports:
                if one.ssrc == ssrc:
                    feedback.on_report(ReceptionReport(one.fraction_lost / 256, one.jitter, one.lsr, one.dlsr))
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


def deliver_nacks(sender: RTCRtpSender, on_nack: Callable[[int], None]) -> None:
    """Each sequence number that the far side misses to `on_nack`, and no retransmission by the library.

    Reason: aiortc answers every NACK at once, without limit: 5 Mbit/s of repetitions into a line of 0.3.
    """
    _get(sender, "RTCRtpSender", "_retransmit")

    async def retransmit(sequence: int) -> None:
        on_nack(sequence)

    sender._retransmit = retransmit  # type: ignore[method-assign, assignment]


def sources(sender: RTCRtpSender) -> tuple[int, int]:
    """The sources (SSRC) of a sender's packets and of its retransmissions."""
    return int(_get(sender, "RTCRtpSender", "_ssrc")), int(_get(sender, "RTCRtpSender", "_rtx_ssrc"))


def retransmission_type(sender: RTCRtpSender) -> int | None:
    """The payload type of retransmissions; None = not agreed on, or the sender has not started."""
    found: int | None = _get(sender, "RTCRtpSender", "_RTCRtpSender__rtx_payload_type")
    return found


def take_over_sending(transport: RTCDtlsTransport, outgoing: SendBytes) -> SendBytes:
    """Give every packet of RTP and RTCP to `outgoing` instead; what really sends is returned.

    Reason: aiortc sends a frame's packets as one burst into whatever line there is, and has no place for a pacer.
    """
    original: SendBytes = _get(transport, "RTCDtlsTransport", "_send_rtp")
    transport._send_rtp = outgoing  # type: ignore[assignment, method-assign]
    return original


def deliver_transport_feedback(transport: RTCDtlsTransport, heard: Callable[[bytes], None]) -> None:
    """Each RTCP packet of transport-wide feedback to `heard`, whole; the rest of the datagram goes its way.

    Reason: aiortc takes such a packet for a NACK with hundreds of lost packets, and drops the whole datagram when the
    packet is padded.
    """
    original = _get(transport, "RTCDtlsTransport", "_handle_rtcp_data")

    async def handle(data: bytes) -> None:
        found, rest = split_feedback(data)
        for packet in found:
            heard(packet)
        if rest:
            await original(rest)

    transport._handle_rtcp_data = handle  # type: ignore[method-assign]


class _PacketTap:
    """Stands where a receiver's jitter buffer stands, and never has a frame for the decoder."""

    def __init__(self, deliver: Callable[[RtpPacket], None]) -> None:
        self._deliver = deliver

    def add(self, packet: RtpPacket) -> tuple[bool, JitterFrame | None]:
        """As `JitterBuffer.add`: asks for no key frame, makes no frame."""
        self._deliver(packet)
        return False, None


def take_packets(receiver: RTCRtpReceiver, deliver: Callable[[RtpPacket], None]) -> None:
    """Every packet of `receiver`, as it arrives, to `deliver` instead of to aiortc's jitter buffer and decoder.

    Reason: aiortc's buffer holds four packets back for ever (80 ms), one lost packet stalls the next sixteen, and its
    decoder neither conceals nor recovers. Reception reports still count. Call before the connection is up.
    """
    _replace(receiver, "RTCRtpReceiver", "_RTCRtpReceiver__jitter_buffer", _PacketTap(deliver))


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


def cap_gathering(peer: RTCPeerConnection, timeout_s: float) -> None:
    """Wait so long for STUN and TURN servers, then go on with the candidates that are there.

    Reason: aioice waits 5 s for a server that is silent, aiortc passes no other time on, and the page waits as long
    for our answer. Call between `setRemoteDescription` and `setLocalDescription`, before `restrict_hosts`.
    """
    for connection in _ice_connections(peer):
        original = _get(connection, "Connection", "get_component_candidates")

        async def gather(
            component: int, addresses: Sequence[str], timeout: float = timeout_s, *, original: Any = original
        ) -> Any:
            return await original(component=component, addresses=addresses, timeout=min(timeout, timeout_s))

        connection.get_component_candidates = gather


def watch_checks(peer: RTCPeerConnection, heard: Callable[[float], None]) -> None:
    """Call `heard` with how long each answered connectivity check of ours took, there and back, in seconds.

    Reason: aioice measures nothing, and the round trip is wanted before the first picture leaves. Call after
    `setLocalDescription`.
    """
    for connection in _ice_connections(peer):
        for protocol in _get(connection, "Connection", "_protocols"):
            _time_requests(protocol, heard)


def _time_requests(protocol: Any, heard: Callable[[float], None]) -> None:
    original = _get(protocol, "StunProtocol", "request")

    async def request(*words: Any, **named: Any) -> Any:
        began_s = time.monotonic()
        answer = await original(*words, **named)
        heard(time.monotonic() - began_s)
        return answer

    protocol.request = request


def bound_relays(peer: RTCPeerConnection, limit_bytes: int) -> None:
    """Drop media for a TURN server behind TCP or TLS while more than `limit_bytes` wait for the line, on each side of
    the socket.

    Reason: aioice writes on without looking, so a line that stops for seconds would stay seconds late. What is dropped
    is sent again or not missed, as on UDP. Call after `setLocalDescription`.
    """
    for connection in _ice_connections(peer):
        for protocol in _get(connection, "Connection", "_protocols"):
            client = getattr(protocol.transport, "_TurnTransport__inner_protocol", None)
            if isinstance(client, turn.TurnClientTcpProtocol):
                _bound_stream(client, limit_bytes)


def _bound_stream(client: turn.TurnClientTcpProtocol, limit_bytes: int) -> None:
    original = _get(client, "TurnClientTcpProtocol", "_send")
    stream = client.transport
    stream.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, limit_bytes)

    def send(data: bytes) -> None:
        if turn.is_channel_data(data) and stream.get_write_buffer_size() > limit_bytes:
            return
        original(data)

    client._send = send  # type: ignore[method-assign]


@dataclass(frozen=True, slots=True)
class CandidatePair:
    """The two ends of the path that ICE chose, by candidate type ("host", "srflx", "prflx", "relay")."""

    local_type: str
    remote_type: str
    remote_host: str
    remote_priority: int


def nominated_pair(peer: RTCPeerConnection) -> CandidatePair | None:
    """What ICE chose; None before it has. Reason: aiortc's `getStats` has no candidate pairs."""
    for connection in _ice_connections(peer):
        for pair in _get(connection, "Connection", "_nominated").values():
            far = pair.remote_candidate
            return CandidatePair(pair.local_candidate.type, far.type, far.host, far.priority)
    return None


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
