"""What the rules of the rate know of packets: facts about those that were sent, and wishes for those to come."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class PacketResult:
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
