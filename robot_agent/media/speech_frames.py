"""What the robot agent and its speech process say to each other over a pipe.

A frame is a header and a payload: u32 length of the header, u32 length of the payload (big endian), the
header as JSON, the payload. A request's payload is the text (UTF-8), an answer's is the sound (s16le, mono).
"""

from __future__ import annotations

import json
import struct
from dataclasses import asdict, dataclass

LENGTHS = struct.Struct("!II")
MAX_HEADER_BYTES = 4096
MAX_TEXT_BYTES = 8192  # 300 characters of up to four bytes, with room
MAX_SOUND_BYTES = 16 * 1024 * 1024  # six minutes at 22.05 kHz


class FrameError(ValueError):
    """The pipe carries something that is not a frame of ours."""


@dataclass(frozen=True)
class SpeechRequest:
    """Say `text` with espeak-ng's voice `voice`."""

    voice: str
    text: str

    def to_bytes(self) -> bytes:
        return _frame({"voice": self.voice}, self.text.encode(), MAX_TEXT_BYTES)

    @classmethod
    def from_parts(cls, header: bytes, payload: bytes) -> SpeechRequest:
        fields = _fields(header, {"voice": str})
        try:
            return cls(str(fields["voice"]), payload.decode())
        except UnicodeDecodeError as error:
            raise FrameError("the text is not UTF-8") from error


@dataclass(frozen=True)
class SpeechAnswer:
    """`sound` at `rate_hz`, or `error` with the reason why there is none ("" = no error)."""

    rate_hz: int
    error: str
    sound: bytes

    def to_bytes(self) -> bytes:
        header = asdict(self)
        return _frame(header, header.pop("sound"), MAX_SOUND_BYTES)

    @classmethod
    def from_parts(cls, header: bytes, payload: bytes) -> SpeechAnswer:
        fields = _fields(header, {"rate_hz": int, "error": str})
        if len(payload) % 2:
            raise FrameError("half a sample at the end")
        return cls(int(str(fields["rate_hz"])), str(fields["error"]), payload)


def lengths(prefix: bytes, max_payload: int) -> tuple[int, int]:
    """Of header and payload, from the first 8 bytes. Raises FrameError above the limits."""
    header, payload = LENGTHS.unpack(prefix)
    if header > MAX_HEADER_BYTES or payload > max_payload:
        raise FrameError(f"a frame of {header} + {payload} bytes")
    return header, payload


def _frame(header: dict[str, object], payload: bytes, max_payload: int) -> bytes:
    text = json.dumps(header).encode()
    prefix = LENGTHS.pack(len(text), len(payload))
    lengths(prefix, max_payload)
    return prefix + text + payload


def _fields(header: bytes, expected: dict[str, type]) -> dict[str, object]:
    try:
        fields = json.loads(header)
    except ValueError as error:
        raise FrameError("the header is not JSON") from error
    if not isinstance(fields, dict) or {name: type(fields[name]) for name in fields} != expected:
        raise FrameError(f"the header must be {sorted(expected)}, not {header[:200]!r}")
    return fields
