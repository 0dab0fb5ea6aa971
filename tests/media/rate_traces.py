"""Feedback traces of each link profile, and what the rate control made of them. To record them anew:

    python -m tests.media.rate_traces            # traces and targets, after a change of the model
    python -m tests.media.rate_traces --targets  # the targets only, after a change of the rule that is meant

and look at the difference before it is committed. Times are in steps of 0.1 ms. A feedback is [when, first sequence
number, sizes, sending times, arrivals, probes]; sending times are differences to the packet before, arrivals to the
packet's own sending (null = lost), probes are {index: cluster}.
"""

from __future__ import annotations

import itertools
import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from robot_agent.media.rate.control import RateControl
from robot_agent.media.rate.packets import PacketResult
from tests.media.line_model import FAR_CLOCK_S, PROBE_POLL_S, Line, run

HERE = Path(__file__).parent / "traces"
TICK_S = 1e-4
EVERY_S = 0.5
PROFILES = {
    "clean": (Line(rtt_s=0.001), 5.0),
    "good-4g": (Line(rates=((0.0, 10e6),), rtt_s=0.04, loss=0.001), 5.0),
    "weak-4g": (Line(rates=((0.0, 1.5e6),), rtt_s=0.08, loss=0.01), 10.0),
    "edge": (Line(rates=((0.0, 0.4e6),), rtt_s=0.15, loss=0.03), 12.0),
    "floor": (Line(rates=((0.0, 0.15e6),), rtt_s=0.3, loss=0.07), 12.0),
    "break": (Line(rates=((0.0, 2e6),), rtt_s=0.06, outages=((4.0, 9.0),), outage_holds=True), 12.0),
    "far": (Line(rtt_s=0.24, loss=0.05), 5.0),
}


@dataclass(frozen=True)
class Trace:
    """One recorded line: what was fed back when, and the targets each EVERY_S, bit/s."""

    feedback: list[tuple[float, list[PacketResult]]]
    targets: list[int]


def targets_of(feedback: list[tuple[float, list[PacketResult]]], seconds: float) -> list[int]:
    """What the rate control makes of a recording, its clock ticking as in the model."""
    rate, targets, waiting = RateControl(), [], list(reversed(feedback))
    for step in range(round(seconds / PROBE_POLL_S)):
        now_s = step * PROBE_POLL_S
        while waiting and waiting[-1][0] <= now_s:
            at_s, results = waiting.pop()
            rate.on_feedback(results, at_s)
        rate.next_probe(now_s)
        if step % round(EVERY_S / PROBE_POLL_S) == 0:
            targets.append(rate.target_bps)
    return targets


def load(name: str) -> Trace:
    """The recording of one profile."""
    raw = json.loads((HERE / f"{name}.json").read_text(encoding="utf-8"))
    return Trace([_unpack(one) for one in raw["feedback"]], raw["targets"])


def _pack(at_s: float, results: list[PacketResult]) -> list[Any]:
    sent = [round(one.sent_s / TICK_S) for one in results]
    arrived = [
        None if one.arrived_s is None else round((one.arrived_s - FAR_CLOCK_S - one.sent_s) / TICK_S) for one in results
    ]
    probes = {str(index): one.probe for index, one in enumerate(results) if one.probe is not None}
    steps = [sent[0], *(after - before for before, after in itertools.pairwise(sent))]
    return [round(at_s / TICK_S), results[0].sequence, [one.size_bytes for one in results], steps, arrived, probes]


def _unpack(packed: list[Any]) -> tuple[float, list[PacketResult]]:
    at, first, sizes, steps, arrived, probes = packed
    results, sent = [], 0
    for index, (size, step, way) in enumerate(zip(sizes, steps, arrived, strict=True)):
        sent += step
        arrived_s = None if way is None else (sent + way) * TICK_S + FAR_CLOCK_S
        results.append(PacketResult(first + index, size, sent * TICK_S, arrived_s, probes.get(str(index))))
    return at * TICK_S, results


def record(only_targets: bool) -> None:
    """Write the recordings."""
    HERE.mkdir(exist_ok=True)
    for name, (line, seconds) in PROFILES.items():
        file = HERE / f"{name}.json"
        if only_targets:
            packed = json.loads(file.read_text(encoding="utf-8"))["feedback"]
        else:
            packed = [_pack(at_s, results) for at_s, results in run(line, seconds).feedback]
        targets = targets_of([_unpack(one) for one in packed], seconds)
        file.write_text(json.dumps({"targets": targets, "feedback": packed}, separators=(",", ":")) + "\n")


if __name__ == "__main__":
    record("--targets" in sys.argv[1:])
