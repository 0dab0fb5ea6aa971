"""Packets of RTP as bytes: what is stamped into one when it leaves, and a copy of it as retransmission. Pure."""

from __future__ import annotations

import struct
from collections.abc import Mapping
from dataclasses import dataclass

HEADER_BYTES = 12  # RFC 3550 section 5.1, without contributing sources
EXTENSION_HEADER_BYTES = 4
ONE_BYTE_PROFILE, TWO_BYTE_PROFILE = 0xBEDE, 0x1000  # RFC 8285 sections 4.2 and 4.3
ONE_BYTE_MAX_ID = 14
SEND_TIME_TICKS_PER_S = 1 << 18  # abs-send-time: 24 bits, 6.18 fixed point

MID_URI = "urn:ietf:params:rtp-hdrext:sdes:mid"
SEND_TIME_URI = "http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time"
TRANSPORT_CC_URI = "http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01"
PLAYOUT_DELAY_URI = "http://www.webrtc.org/experiments/rtp-hdrext/playout-delay"

PLAYOUT_UNIT_MS = 10  # the extension counts in steps of 10 ms, 12 bits each for minimum and maximum

_SEQUENCE_AND_TIME = struct.Struct("!HLL")


@dataclass(frozen=True, slots=True)
class ExtensionLayout:
    """The header extensions of one sender: constant bytes with room for what changes. None = not agreed on.

    `*_at` count from the start of the packet.
    """

    profile: int
    block: bytes
    transport_at: int | None
    send_time_at: int | None

    def stamp(self, packet: bytearray, transport_number: int, now_s: float) -> None:
        """Write the transport-wide number and the time of sending into a packet made with this layout."""
        if self.transport_at is not None:
            struct.pack_into("!H", packet, self.transport_at, transport_number)
        if self.send_time_at is not None:
            ticks = int(now_s * SEND_TIME_TICKS_PER_S) & 0xFFFFFF
            packet[self.send_time_at : self.send_time_at + 3] = ticks.to_bytes(3, "big")


def lay_out(ids: Mapping[str, int], mid: str, playout_ms: tuple[int, int]) -> ExtensionLayout:
    """Extensions with these ids by URI. Raises ValueError for a playout delay that is not 0 <= min <= max <= 40950."""
    values = {
        TRANSPORT_CC_URI: bytes(2),
        SEND_TIME_URI: bytes(3),
        MID_URI: mid.encode(),
        PLAYOUT_DELAY_URI: playout_value(*playout_ms),
    }
    present = [(ids[uri], uri, value) for uri, value in values.items() if uri in ids and value]
    small = all(number <= ONE_BYTE_MAX_ID and len(value) <= 16 for number, _, value in present)
    block, starts = bytearray(), {}
    for number, uri, value in present:
        block += bytes([number << 4 | len(value) - 1]) if small else bytes([number, len(value)])
        starts[uri] = HEADER_BYTES + EXTENSION_HEADER_BYTES + len(block)
        block += value
    block += bytes(-len(block) % 4)
    profile = ONE_BYTE_PROFILE if small else TWO_BYTE_PROFILE
    return ExtensionLayout(profile, bytes(block), starts.get(TRANSPORT_CC_URI), starts.get(SEND_TIME_URI))


def playout_value(min_ms: int, max_ms: int) -> bytes:
    """The extension's three bytes. Raises ValueError unless 0 <= min <= max <= 40950."""
    if not 0 <= min_ms <= max_ms <= 0xFFF * PLAYOUT_UNIT_MS:
        raise ValueError(f"not a playout delay: {min_ms}..{max_ms} ms")
    return ((min_ms // PLAYOUT_UNIT_MS) << 12 | max_ms // PLAYOUT_UNIT_MS).to_bytes(3, "big")


def is_rtcp(data: bytes) -> bool:
    """RFC 5761 section 4."""
    return len(data) >= 2 and 192 <= data[1] <= 223


def sequence_time_ssrc(packet: bytes | bytearray) -> tuple[int, int, int]:
    """Sequence number, time stamp and source of a packet. Raises struct.error for less than a header."""
    sequence, timestamp, ssrc = _SEQUENCE_AND_TIME.unpack_from(packet, 2)
    return sequence, timestamp, ssrc


def set_sequence(packet: bytearray, sequence: int) -> None:
    """Another sequence number, 16 bits."""
    struct.pack_into("!H", packet, 2, sequence)


def payload_start(packet: bytes | bytearray) -> int:
    """Where the payload of a packet of ours begins (no contributing sources)."""
    if not packet[0] & 0x10:
        return HEADER_BYTES
    words = packet[HEADER_BYTES + 2] << 8 | packet[HEADER_BYTES + 3]
    return HEADER_BYTES + EXTENSION_HEADER_BYTES + 4 * words


def as_retransmission(packet: bytes | bytearray, payload_type: int, ssrc: int, sequence: int) -> bytearray:
    """The packet under the source of retransmissions (RFC 4588 section 4): its own number goes before the payload."""
    start = payload_start(packet)
    copy = bytearray(packet[:start]) + packet[2:4] + packet[start:]
    copy[1] = copy[1] & 0x80 | payload_type
    set_sequence(copy, sequence)
    struct.pack_into("!L", copy, 8, ssrc)
    return copy
