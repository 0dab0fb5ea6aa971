"""What the rules of the rate know of packets: facts about those that were sent, and wishes for those to come."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NamedTuple


class PacketResult(NamedTuple):
    """What became of one packet, from transport-wide feedback (draft-holmer-rmcat-transport-wide-cc-extensions-01).

    `sequence` is the transport-wide number, unwrapped. `sent_s` is on our monotonic clock, `arrived_s` on the far
    side's (its origin is unknown, only differences mean anything); None = it did not arrive. `probe` names the
    cluster that the packet was sent for.
    """

    sequence: int
    size_bytes: int
    sent_s: float
    arrived_s: float | None
    probe: int | None = None


@dataclass(frozen=True, slots=True)
class Probe:
    """A short burst above the target rate that asks what the line carries: at least `bytes` at `rate_bps`."""

    cluster: int
    rate_bps: int
    bytes: int


@dataclass(frozen=True, slots=True)
class LineEstimate:
    """The line as it looks from here; None = not known (yet).

    `loss` is smoothed (0..1), `jitter_s` the variation of the one-way delay, `queue_s` how long a packet waits in the
    line's queue. `source` says what it rests on: transport-wide feedback, or receiver reports and REMB.
    """

    rtt_s: float | None
    loss: float | None
    jitter_s: float | None
    queue_s: float | None
    congested: bool
    source: Literal["feedback", "reports"]
