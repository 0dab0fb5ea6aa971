"""What every message has in common: strict, frozen, finite, no unknown keys."""

from __future__ import annotations

import math
from typing import Annotated, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from protocol.errors import MessageError, PayloadTooLargeError

MAX_PAYLOAD_BYTES = 256 * 1024  # what every broker that was tried passes on


class Wire(BaseModel):
    """A message or a part of one. Numbers are finite, unknown keys are refused, instances never change."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        allow_inf_nan=False,
        json_schema_serialization_defaults_required=True,
        use_attribute_docstrings=True,
    )


def plain_text(value: str) -> str:
    """Text of one or more lines, without control characters. Raises ValueError."""
    if any(ord(c) < 32 and c not in "\n\t" for c in value):
        raise ValueError("control characters are not text")
    return value


def _one_line(value: str) -> str:
    if not value.isprintable():
        raise ValueError("must be one line of printable text")
    return value


def _finite(value: float) -> float:
    if not math.isfinite(value):
        raise ValueError("must be a finite number")
    return value


ID_PATTERN = r"^[a-z0-9][a-z0-9-]{0,31}$"

RobotId = Annotated[str, Field(pattern=ID_PATTERN, description="A robot's name on the wire")]
SeatId = Annotated[str, Field(pattern=ID_PATTERN, description="The one place in a meeting that a robot serves")]
SESSION_PATTERN = r"^[A-Za-z0-9_-]{8,43}$"
SessionId = Annotated[str, Field(pattern=SESSION_PATTERN)]
ConnectionId = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{8,43}$")]
CommandId = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,43}$")]
LinkId = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{8,43}$", description="Names a join link without being it")]
PersonName = Annotated[str, Field(min_length=1, max_length=60), AfterValidator(_one_line)]
Companion = Annotated[
    str, Field(max_length=60, description="Who sits beside the person; empty for nobody"), AfterValidator(_one_line)
]
PlaceName = Annotated[
    str, Field(min_length=1, max_length=24, description="What a button can hold"), AfterValidator(_one_line)
]
Sentence = Annotated[str, Field(min_length=1, max_length=300), AfterValidator(plain_text)]
Language = Annotated[str, Field(pattern=r"^(nb|nn|en|sma)$")]
Sdp = Annotated[str, Field(min_length=1, max_length=65536)]

FrameNumber = Annotated[int, Field(ge=0, le=2**32 - 1, description="Counts the frames of a kind; 0 is none yet")]
Sequence = Annotated[int, Field(ge=0, le=2**53 - 1, description="Grows by one with each message of a sender")]
MonotonicMs = Annotated[
    float,
    Field(ge=0, le=1e13, description="The sender's monotonic clock in ms; compared only with itself"),
]
Seconds = Annotated[float, Field(ge=0, le=1e8, description="An age or a duration in seconds")]
PanDeg = Annotated[float, Field(ge=-180, le=180, description="Degrees, positive to the robot's right")]
TiltDeg = Annotated[float, Field(ge=-90, le=90, description="Degrees, positive up")]
Percent = Annotated[float, Field(ge=0, le=100)]
Epoch = Annotated[str, Field(pattern=r"^[a-z0-9]{8,32}$", description="One life of a robot's connection to the broker")]

M = TypeVar("M")


def parse(adapter: TypeAdapter[M], kind: str, payload: bytes | str, limit: int = MAX_PAYLOAD_BYTES) -> M:
    """One message from its JSON text. Raises MessageError that names the first thing wrong with it."""
    size = len(payload) if isinstance(payload, bytes) else len(payload.encode())
    if size > limit:
        raise PayloadTooLargeError(kind, size, limit)
    try:
        return adapter.validate_json(payload)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        raise MessageError(kind, ".".join(map(str, first["loc"])), first["msg"]) from error
