"""Dynamixel Protocol 2.0 frames (ROBOTIS e-manual, "Protocol 2.0").

    FF FF FD 00 | id | length (2, little endian) | instruction | parameters | CRC-16 (2)

`length` counts everything after itself. FF FF FD inside instruction and parameters gets one more FD
(byte stuffing), so that the header cannot appear there. The one exception is the answer to a fast sync
read, whose blocks have fixed places and are not stuffed; see `chain.py`.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import Final

from robot_agent.head.crc import crc16

HEADER: Final = b"\xff\xff\xfd\x00"
PREFIX_BYTES: Final = 7  # header, id, length
CRC_BYTES: Final = 2
STATUS_OVERHEAD_BYTES: Final = 11  # a status frame without parameters
BROADCAST_ID: Final = 0xFE
MAX_ID: Final = 0xFC
MAX_LENGTH: Final = 200  # longer than any frame on this bus, so that noise cannot claim the line for long

_PATTERN: Final = b"\xff\xff\xfd"
_STUFFED: Final = b"\xff\xff\xfd\xfd"


class Instruction(IntEnum):
    """What a frame asks for; STATUS is an answer."""

    PING = 0x01
    READ = 0x02
    WRITE = 0x03
    REBOOT = 0x08
    STATUS = 0x55
    SYNC_READ = 0x82
    SYNC_WRITE = 0x83
    FAST_SYNC_READ = 0x8A


def stuff(body: bytes) -> bytes:
    """Instruction and parameters as they go on the wire."""
    return body.replace(_PATTERN, _STUFFED)


def unstuff(body: bytes) -> bytes:
    """The reverse of `stuff`."""
    return body.replace(_STUFFED, _PATTERN)


@dataclass(frozen=True, slots=True)
class InstructionFrame:
    """What the master sends."""

    id: int
    instruction: Instruction
    params: bytes = b""

    def to_bytes(self) -> bytes:
        """The frame on the wire, stuffed and with its CRC."""
        body = stuff(bytes((self.instruction,)) + self.params)
        head = HEADER + bytes((self.id,)) + (len(body) + CRC_BYTES).to_bytes(2, "little")
        frame = head + body
        return frame + crc16(frame).to_bytes(CRC_BYTES, "little")


@dataclass(frozen=True, slots=True)
class RawFrame:
    """A frame from the line whose length and CRC are right. `body` is still stuffed."""

    id: int
    body: bytes
    wire: bytes


@dataclass(frozen=True, slots=True)
class StatusFrame:
    """A device's answer. `error` is 0 or the code 1..7; `alert` says that it has a hardware error."""

    id: int
    error: int
    alert: bool
    params: bytes

    @classmethod
    def from_raw(cls, raw: RawFrame) -> StatusFrame | None:
        """The answer in `raw`, or None where it is something else (an echo of an instruction)."""
        body = unstuff(raw.body)
        if len(body) < 2 or body[0] != Instruction.STATUS:
            return None
        return cls(raw.id, body[1] & 0x7F, bool(body[1] & 0x80), body[2:])


class Deframer:
    """Cuts frames out of a stream of bytes: any portions, noise between frames, truncated frames."""

    def __init__(self) -> None:
        self._buffer = bytearray()
        self.rejected = 0
        """Headers that turned out to begin no valid frame."""

    @property
    def partial(self) -> bytes:
        """What has come of the frame that is not complete yet."""
        return bytes(self._buffer)

    def reset(self) -> None:
        """Forget the unfinished frame."""
        self._buffer.clear()

    def feed(self, data: bytes) -> list[RawFrame]:
        """The frames that `data` completes, in order."""
        self._buffer += data
        frames = []
        while self._find_header() and (total := self._total()) is not None:
            if total > len(self._buffer):
                break
            frame = self._take(total)
            if frame is not None:
                frames.append(frame)
        return frames

    def _find_header(self) -> bool:
        start = self._buffer.find(HEADER)
        if start < 0:
            start = len(self._buffer) - self._header_begun()
        del self._buffer[:start]
        return len(self._buffer) >= PREFIX_BYTES

    def _header_begun(self) -> int:
        return next((n for n in (3, 2, 1) if self._buffer.endswith(HEADER[:n])), 0)

    def _total(self) -> int | None:
        """Bytes of the frame at the front; a header with an impossible length is skipped."""
        while True:
            length = int.from_bytes(self._buffer[5:7], "little")
            if 3 <= length <= MAX_LENGTH and self._buffer[4] <= BROADCAST_ID:
                return PREFIX_BYTES + length
            self._skip()
            if not self._find_header():
                return None

    def _take(self, total: int) -> RawFrame | None:
        wire = bytes(self._buffer[:total])
        if crc16(wire[:-CRC_BYTES]) != int.from_bytes(wire[-CRC_BYTES:], "little"):
            self._skip()
            return None
        del self._buffer[:total]
        return RawFrame(wire[4], wire[PREFIX_BYTES:-CRC_BYTES], wire)

    def _skip(self) -> None:
        self.rejected += 1
        del self._buffer[:1]
