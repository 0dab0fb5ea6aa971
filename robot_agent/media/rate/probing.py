"""When to ask the line for more than is sent now, and what its answer means: short bursts above the target.

Each burst is a little faster than the one before it, and the next waits for the answer: what a thin line has to queue
then stays below a tenth of a second.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from robot_agent.media.rate.packets import PacketResult, Probe

FIRST_STEP = 3.0  # times the estimate, at the start
FURTHER_STEP = 2.0  # times what the one before found
GOES_ON = 0.7  # a burst that came through at this share of its rate asks for a faster one
STEADY_STEP = 1.6  # later, from time to time
LENGTH_S = 0.020  # timers of an event loop are right within a millisecond or two
LENGTH_JITTERS = 3.0  # and as much longer as the line's jitter could press it together
LENGTH_MAX_S = 0.060
MIN_BYTES = 4000  # four packets of pictures: fewer tell nothing, more hurt a thin line
ANSWER_TIMEOUT_S = 1.0  # beyond the round trip: a burst whose feedback was lost
INTERVAL_S = 5.0  # between steady ones
INTERVAL_MAX_S = 20.0  # when they find nothing; each costs a thin line 50 ms of queue
RETRY_S = 1.0  # and then less and less often, when our own machine was too busy to send the burst as it should be
MIN_SHARE = 0.5  # of the burst must arrive
HOLE_S = 0.015  # and three packets' time: not sent for so long, the queue drained, and what follows is another burst
MIN_PACKETS = 3
SATURATED = 0.9  # arrived at less than this share of how it was sent: that is the line's end
UTILISATION = 0.95
MAX_SPAN_S = 1.0  # longer, and it was no burst


@dataclass(frozen=True)
class ProbeAnswer:
    """What a burst found, bit/s, and how fast it left; `saturated`: the line carries no more than that."""

    bps: float
    sent_bps: float
    saturated: bool


@dataclass
class _Asked:
    probe: Probe
    at_s: float
    reported_bytes: int = 0
    arrived: list[tuple[float, float, int]] = field(default_factory=list)


class ProbePlanner:
    """One path's probes, one at a time. All rates are of the whole line, bit/s."""

    def __init__(self) -> None:
        self._cluster = 0
        self._asked: _Asked | None = None
        self._wanted_bps: float | None = None
        self._exponential = True
        self._last_s: float | None = None
        self._interval_s = INTERVAL_S
        self._retry_s = RETRY_S
        self._hurried = False

    @property
    def waiting(self) -> bool:
        """Whether a burst is under way or wished for."""
        return self._asked is not None or self._wanted_bps is not None

    def want(self, bps: float) -> None:
        """Ask for `bps` next, whatever was planned."""
        self._asked = None
        self._wanted_bps = bps
        self._interval_s = INTERVAL_S

    def hurry(self) -> None:
        """The line seems to carry more than it did: a steady burst is due soon, even while the line is filled."""
        self._hurried = True
        self._interval_s = INTERVAL_S

    def abandon(self, now_s: float) -> None:
        """The line is congested: no burst now, and the climb has found its end."""
        self._wanted_bps = None
        self._exponential = False
        self._last_s = now_s

    def next(
        self, now_s: float, estimate_bps: float, ceiling_bps: float, rtt_s: float, jitter_s: float, filled: bool
    ) -> Probe | None:
        """The burst to send now. `filled`: what is sent fills a line whose end is known; that asks often enough."""
        if self._asked is not None:
            if 0.0 <= now_s - self._asked.at_s <= ANSWER_TIMEOUT_S + rtt_s:
                return None
            self._asked = None
            self._exponential = False
        wanted_bps = self._wanted_bps if self._wanted_bps is not None else self._steady(now_s, estimate_bps, filled)
        self._wanted_bps = None
        if wanted_bps is None or (not estimate_bps < ceiling_bps and wanted_bps > ceiling_bps):
            return None
        rate_bps = int(min(wanted_bps, ceiling_bps / UTILISATION))
        length_s = min(LENGTH_S + LENGTH_JITTERS * jitter_s, LENGTH_MAX_S)
        self._cluster += 1
        probe = Probe(self._cluster, rate_bps, max(MIN_BYTES, int(rate_bps * length_s / 8)))
        self._asked = _Asked(probe, now_s)
        self._last_s = now_s
        return probe

    def on_result(self, result: PacketResult) -> None:
        """One packet of a burst; others are ignored."""
        asked = self._asked
        if asked is None or result.probe != asked.probe.cluster:
            return
        asked.reported_bytes += result.size_bytes
        if result.arrived_s is not None:
            asked.arrived.append((result.sent_s, result.arrived_s, result.size_bytes))

    def take_answer(self) -> ProbeAnswer | None:
        """The answer of the burst, once all of it is known."""
        asked = self._asked
        if asked is None or asked.reported_bytes < 0.95 * asked.probe.bytes:
            return None
        self._asked = None
        answer = _measure(asked)
        if answer is None or (not answer.saturated and answer.sent_bps < GOES_ON * asked.probe.rate_bps):
            self._interval_s, self._retry_s = self._retry_s, min(2 * self._retry_s, INTERVAL_S)
            return answer
        self._retry_s = RETRY_S
        if answer.bps >= GOES_ON * asked.probe.rate_bps:
            self._interval_s = INTERVAL_S
            self._wanted_bps = FURTHER_STEP * answer.bps if self._exponential else None
        else:
            self._exponential = False
            self._interval_s = min(max(INTERVAL_S, 2 * self._interval_s), INTERVAL_MAX_S)
        return answer

    def _steady(self, now_s: float, estimate_bps: float, filled: bool) -> float | None:
        if self._last_s is None:
            return FIRST_STEP * estimate_bps
        if 0.0 <= now_s - self._last_s < self._interval_s or (filled and not self._hurried):
            return None
        self._hurried = False
        self._exponential = True
        return STEADY_STEP * estimate_bps


def _measure(asked: _Asked) -> ProbeAnswer | None:
    packets = _longest_run(sorted(asked.arrived), asked.probe.rate_bps)
    total = sum(size for _, _, size in packets)
    if len(packets) < MIN_PACKETS or total < MIN_SHARE * asked.probe.bytes:
        return None
    first_arrived = min(packets, key=lambda packet: packet[1])
    sent_s = packets[-1][0] - packets[0][0]
    arrived_s = max(arrived for _, arrived, _ in packets) - first_arrived[1]
    if not (0.0 < sent_s <= MAX_SPAN_S and 0.0 <= arrived_s <= MAX_SPAN_S):
        return None
    sent_bps = (total - packets[-1][2]) * 8 / sent_s
    arrived_bps = (total - first_arrived[2]) * 8 / arrived_s if arrived_s > 0.0 else float("inf")
    if arrived_bps < SATURATED * sent_bps:
        return ProbeAnswer(UTILISATION * arrived_bps, sent_bps, saturated=True)
    return ProbeAnswer(min(sent_bps, arrived_bps), sent_bps, saturated=False)


def _longest_run(packets: list[tuple[float, float, int]], rate_bps: int) -> list[tuple[float, float, int]]:
    """The part with the most bytes that left without a hole."""
    runs: list[list[tuple[float, float, int]]] = [[]]
    for packet in packets:
        last = runs[-1][-1] if runs[-1] else packet
        if packet[0] - last[0] > max(HOLE_S, 3 * last[2] * 8 / rate_bps):
            runs.append([])
        runs[-1].append(packet)
    return max(runs, key=lambda run: sum(size for _, _, size in run))
