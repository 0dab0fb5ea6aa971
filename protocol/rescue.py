"""Frames of the rescue path: still pictures and sound by way of the service, when no media path comes to be.

The same frame on both legs, as the payload of an MQTT message and as a binary WebSocket frame. Big-endian:
u8 kind, u32 sequence, u32 milliseconds of the sender's clock, then the body. Towards the broker it stands behind
the session that it belongs to: u8 length, ASCII.
"""

from __future__ import annotations

import re
import struct
from dataclasses import dataclass
from enum import IntEnum
from typing import Final

from protocol.base import SESSION_PATTERN
from protocol.errors import MessageError, PayloadTooLargeError

MAX_STILL_BYTES: Final = 40_000  # a second of a line with 320 kbit/s
MAX_SOUND_BYTES: Final = 1_500  # 60 ms of Opus at 200 kbit/s, the most that a browser makes of a voice
STOPS_AFTER_S: Final = 3.0  # without a word of the page, which says once a second that it goes on
STILL_EVERY_S: Final = 0.5  # at most; a still waits for the acknowledgement of the one before
STILL_OVERDUE_S: Final = 3.0  # one that was not acknowledged for so long is lost, or its page shows none

_HEADER: Final = struct.Struct("!BII")
_SESSION: Final = re.compile(SESSION_PATTERN)


class RescueKind(IntEnum):
    """What the body is."""

    STILL = 1
    """A JPEG."""
    SOUND = 2
    """An Opus packet (RFC 6716): mono, 48 kHz, 60 ms from the robot, 20 or 60 ms from a page."""


_KINDS: Final = {kind.value: kind for kind in RescueKind}
MAX_BODY_BYTES: Final = {RescueKind.STILL: MAX_STILL_BYTES, RescueKind.SOUND: MAX_SOUND_BYTES}
MAX_FRAME_BYTES: Final = _HEADER.size + max(MAX_BODY_BYTES.values())
MAX_PARCEL_BYTES: Final = MAX_FRAME_BYTES + 1 + 43


@dataclass(frozen=True, slots=True)
class RescueFrame:
    """One still or one packet of sound. `sequence` counts the frames of its kind from 1; `sent_ms` is modulo 2^32.

    Raises MessageError for a value that cannot be sent.
    """

    kind: RescueKind
    sequence: int
    sent_ms: int
    body: bytes

    def __post_init__(self) -> None:
        if not 1 <= self.sequence < 2**32:
            raise MessageError("rescue frame", "sequence", f"{self.sequence} is not within 1 to 2^32 - 1")
        if not 0 <= self.sent_ms < 2**32:
            raise MessageError("rescue frame", "sent_ms", f"{self.sent_ms} is not within 0 to 2^32 - 1")
        if not self.body:
            raise MessageError("rescue frame", "body", "is empty")
        if len(self.body) > (limit := MAX_BODY_BYTES[self.kind]):
            raise PayloadTooLargeError("rescue frame", len(self.body), limit)

    def to_bytes(self) -> bytes:
        """As it travels."""
        return _HEADER.pack(self.kind, self.sequence, self.sent_ms) + self.body

    @classmethod
    def from_bytes(cls, data: bytes) -> RescueFrame:
        """Raises MessageError for anything that is no frame, PayloadTooLargeError for a body over its kind's limit."""
        if len(data) < _HEADER.size:
            raise MessageError("rescue frame", "", f"{len(data)} bytes are no header of {_HEADER.size}")
        kind, sequence, sent_ms = _HEADER.unpack_from(data)
        if kind not in _KINDS:
            raise MessageError("rescue frame", "kind", f"{kind} is none of {sorted(_KINDS)}")
        return cls(_KINDS[kind], sequence, sent_ms, data[_HEADER.size :])


@dataclass(frozen=True, slots=True)
class RescueParcel:
    """A frame and the session that it belongs to, as it goes by the broker. Raises MessageError for another session."""

    session: str
    frame: RescueFrame

    def __post_init__(self) -> None:
        if not _SESSION.fullmatch(self.session):
            raise MessageError("rescue parcel", "session", "is no session's name")

    def to_bytes(self) -> bytes:
        """As it travels."""
        return bytes([len(self.session)]) + self.session.encode("ascii") + self.frame.to_bytes()

    @classmethod
    def from_bytes(cls, data: bytes) -> RescueParcel:
        """Raises MessageError for anything that is no parcel."""
        if not data:
            raise MessageError("rescue parcel", "", "is empty")
        end = 1 + data[0]
        try:
            session = data[1:end].decode("ascii")
        except UnicodeDecodeError as error:
            raise MessageError("rescue parcel", "session", "is not ASCII") from error
        if len(data) < end:
            raise MessageError("rescue parcel", "session", "is cut off")
        return cls(session, RescueFrame.from_bytes(data[end:]))
