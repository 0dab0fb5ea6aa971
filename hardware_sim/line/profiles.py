"""The lines that everything here is tried on, as data. `down` is towards the far end (the tablet), `up` from it."""

from __future__ import annotations

from typing import Annotated, Final

from pydantic import BaseModel, ConfigDict, Field

QUEUE_MS: Final = 400.0  # what a base station holds before it drops, in time at its own rate


class Shape(BaseModel):
    """What one direction of a line does to a packet."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    delay_ms: Annotated[float, Field(ge=0, le=10_000)] = 0.0
    """Constant, one way."""
    jitter_ms: Annotated[float, Field(ge=0, le=10_000)] = 0.0
    """Added to the delay, evenly spread over 0 … jitter_ms; packets keep their order."""
    loss: Annotated[float, Field(ge=0, le=1)] = 0.0
    """The share of packets that vanish, each one for itself."""
    rate_kbps: Annotated[float, Field(ge=0, le=1_000_000)] = 0.0
    """1000 bits a second of IP packets; 0 is no limit."""
    queue_ms: Annotated[float, Field(ge=0, le=60_000)] = QUEUE_MS
    """With a rate: a packet that would wait longer for its turn is dropped."""


class Profile(BaseModel):
    """Both directions, or nothing at all while `outage`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    down: Shape = Shape()
    up: Shape = Shape()
    outage: bool = False


def _mobile(down_mbps: float, up_mbps: float, rtt_ms: float, loss: float) -> Profile:
    down, up = (
        Shape(delay_ms=rtt_ms / 2, loss=loss, rate_kbps=mbps * 1000, queue_ms=QUEUE_MS) for mbps in (down_mbps, up_mbps)
    )
    return Profile(down=down, up=up)


PROFILES: Final[dict[str, Profile]] = {
    "clean": Profile(),
    "good-4g": _mobile(20, 10, rtt_ms=40, loss=0.001),
    "weak-4g": _mobile(4, 1.5, rtt_ms=80, loss=0.01),
    "edge": _mobile(1, 0.4, rtt_ms=150, loss=0.03),
    "floor": _mobile(0.3, 0.15, rtt_ms=300, loss=0.07),
    "break": Profile(outage=True),
}
