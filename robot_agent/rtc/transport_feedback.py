"""Transport-wide feedback: bytes of RTCP to facts (draft-holmer-rmcat-transport-wide-cc-extensions-01, section 3.1)."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass

from robot_agent.rtc.errors import BadFeedbackError

RTCP_RTPFB = 205  # RFC 4585 section 6.1
FMT_TRANSPORT_CC = 15
TICK_S = 250e-6  # of receive deltas
TICKS_PER_REFERENCE = 256  # the reference time counts in 64 ms
REFERENCE_BITS = 24
SEQUENCE_BITS = 16

_HEADER = struct.Struct("!BBH")
_FIXED = struct.Struct("!LLHHL")  # sender, media source, base sequence, count, reference time and feedback count


@dataclass(frozen=True, slots=True)
class TransportFeedback:
    """What became of the packets `base_sequence`, `base_sequence` + 1, … (16 bits, wraps).

    `arrivals` has one entry for each: ticks of 250 µs after the reference time, None = it did not arrive (yet).
    `reference` counts 64 ms on the far side's clock, 24 bits, wraps. `number` (8 bits) counts the reports.
    """

    base_sequence: int
    reference: int
    number: int
    arrivals: tuple[int | None, ...]


def parse_transport_feedback(packet: bytes) -> TransportFeedback:
    """One whole RTCP packet, header included. Raises BadFeedbackError with what is wrong with it."""
    body = _body(packet)
    if len(body) < _FIXED.size:
        raise BadFeedbackError(f"{len(body)} bytes are too few for transport feedback")
    _, _, base, count, times = _FIXED.unpack_from(body)
    if count == 0:
        raise BadFeedbackError("the report is about no packet")
    symbols, position = _symbols(body, _FIXED.size, count)
    return TransportFeedback(base, times >> 8, times & 0xFF, tuple(_arrivals(body, position, symbols)))


def split_feedback(compound: bytes) -> tuple[list[bytes], bytes]:
    """A compound RTCP datagram as its packets of transport feedback, and everything else as it was.

    What does not parse as RTCP any more is left in the rest, for the library to refuse.
    """
    found: list[bytes] = []
    rest: list[bytes] = []
    position = 0
    while len(compound) - position >= _HEADER.size:
        first, kind, words = _HEADER.unpack_from(compound, position)
        end = position + 4 * (words + 1)
        if first >> 6 != 2 or end > len(compound):
            break
        is_ours = kind == RTCP_RTPFB and first & 0x1F == FMT_TRANSPORT_CC
        (found if is_ours else rest).append(compound[position:end])
        position = end
    rest.append(compound[position:])
    return found, b"".join(rest)


class Unwrapper:
    """A counter that wraps, as one that does not; steps of up to half its range in either direction."""

    def __init__(self, bits: int) -> None:
        self._range = 1 << bits
        self._last: int | None = None

    def unwrap(self, value: int) -> int:
        """The value next to the one before that is equal to `value` modulo the range; the first is itself."""
        if self._last is None:
            self._last = value
        else:
            step = (value - self._last) % self._range
            self._last += step if step < self._range // 2 else step - self._range
        return self._last


def _body(packet: bytes) -> bytes:
    if len(packet) < _HEADER.size:
        raise BadFeedbackError(f"{len(packet)} bytes are no RTCP packet")
    first, kind, words = _HEADER.unpack_from(packet)
    if first >> 6 != 2 or kind != RTCP_RTPFB or first & 0x1F != FMT_TRANSPORT_CC:
        raise BadFeedbackError("not transport feedback")
    if len(packet) != 4 * (words + 1):
        raise BadFeedbackError(f"the header says {4 * (words + 1)} bytes, here are {len(packet)}")
    body = packet[_HEADER.size :]
    if not first & 0x20:
        return body
    padding = body[-1] if body else 0
    if not 0 < padding <= len(body):
        raise BadFeedbackError(f"{padding} bytes of padding in {len(body)}")
    return body[:-padding]


def _symbols(body: bytes, position: int, count: int) -> tuple[list[int], int]:
    """`count` status symbols (2 bits each) and where the deltas begin."""
    symbols: list[int] = []
    while len(symbols) < count:
        if len(body) - position < 2:
            raise BadFeedbackError(f"the status of {count} packets is announced, of {len(symbols)} it is here")
        chunk = body[position] << 8 | body[position + 1]
        position += 2
        if not chunk & 0x8000:  # run length
            symbols += [chunk >> 13 & 3] * min(chunk & 0x1FFF, count - len(symbols))
            if not chunk & 0x1FFF:
                raise BadFeedbackError("a run of no packets")
        elif chunk & 0x4000:  # seven symbols of two bits
            symbols += [chunk >> shift & 3 for shift in range(12, -1, -2)]
        else:  # fourteen of one
            symbols += [chunk >> shift & 1 for shift in range(13, -1, -1)]
    return symbols[:count], position


def _arrivals(body: bytes, position: int, symbols: list[int]) -> Iterator[int | None]:
    ticks = 0
    for symbol in symbols:
        if symbol == 0:
            yield None
            continue
        if symbol == 3:
            raise BadFeedbackError("a reserved status symbol")
        if len(body) - position < symbol:
            raise BadFeedbackError("the receive deltas end too early")
        delta = int.from_bytes(body[position : position + symbol], "big", signed=symbol == 2)
        position += symbol
        ticks += delta
        yield ticks
