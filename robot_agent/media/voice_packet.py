"""The far side's voice as it comes off the network: one Opus packet, and what its first bytes say (RFC 6716)."""

from __future__ import annotations

from dataclasses import dataclass

RATE_HZ = 48_000  # RFC 7587 section 4.1: the time stamps count 1/48000 s whatever the sound's bandwidth
MAX_PACKET_SAMPLES = 5760  # 120 ms, RFC 6716 section 3.2.5, R5
DTX_BYTES = 2  # a packet of at most so many bytes says: nothing to hear until the next (RFC 6716 section 3.4)

_CELT = 16  # the first configuration without SILK, hence without forward error correction (RFC 6716 table 2)
_SILK_SAMPLES = (480, 960, 1920, 2880)
_HYBRID_SAMPLES = (480, 960)
_CELT_SAMPLES = (120, 240, 480, 960)
_SILK_FRAME = 960  # 20 ms: a longer frame of SILK is several of these


@dataclass(frozen=True, slots=True)
class VoicePacket:
    """One RTP packet of sound: header fields of RFC 3550 section 5.1, and its monotonic time of arrival here."""

    ssrc: int
    sequence: int
    timestamp: int
    marker: bool
    payload: bytes
    arrived_s: float


def frame_samples(payload: bytes) -> int:
    """Samples at 48 kHz of one frame in the packet. Raises ValueError for an empty packet."""
    if not payload:
        raise ValueError("an empty packet is not Opus")
    configuration = payload[0] >> 3
    if configuration >= _CELT:
        return _CELT_SAMPLES[configuration % 4]
    return _SILK_SAMPLES[configuration % 4] if configuration < 12 else _HYBRID_SAMPLES[configuration % 2]


def packet_samples(payload: bytes) -> int:
    """Samples at 48 kHz of the whole packet. Raises ValueError where the first bytes are not Opus."""
    samples = frame_samples(payload)
    code = payload[0] & 3
    if code == 3 and len(payload) < 2:
        raise ValueError("an Opus packet of counted frames without the count")
    count = (1, 2, 2, payload[1] & 0x3F if code == 3 else 0)[code]
    if not 0 < count * samples <= MAX_PACKET_SAMPLES:
        raise ValueError(f"an Opus packet of {count} frames of {samples} samples")
    return samples * count


def is_dtx(payload: bytes) -> bool:
    """Does the sender fall silent after this packet?"""
    return len(payload) <= DTX_BYTES


def has_fec(payload: bytes) -> bool:
    """Does the packet carry the frame before it again, coarser (RFC 6716 section 4.2.3, LBRR flag)?"""
    if len(payload) < 3 or payload[0] >> 3 >= _CELT:
        return False
    first = _first_frame(payload)
    if first >= len(payload):
        return False
    frames = max(1, frame_samples(payload) // _SILK_FRAME)
    found = payload[first] >> (7 - frames)
    if payload[0] & 4 and frames < 3:  # stereo: the side channel's flags come after the mid channel's
        found |= payload[first] >> (6 - 2 * frames)
    return bool(found & 1)


def _first_frame(payload: bytes) -> int:
    """Where the first frame begins, perhaps beyond the end of a broken packet (RFC 6716 section 3.2)."""
    code = payload[0] & 3
    if code < 2:
        return 1
    if code == 2:
        return 1 + _length_bytes(payload, 1)
    at, padding, lengths = 2, payload[1] & 0x40, payload[1] >> 7
    while padding and at < len(payload):
        at += 1
        padding = payload[at - 1] == 255
    for _ in range((payload[1] & 0x3F) - 1 if lengths else 0):
        at += _length_bytes(payload, at)
    return at


def _length_bytes(payload: bytes, at: int) -> int:
    return 2 if at < len(payload) and payload[at] >= 252 else 1
