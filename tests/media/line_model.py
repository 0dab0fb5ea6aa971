"""A line to try the rate control on: seeded and deterministic, with the sender's pacer and the receiver's feedback.

Time runs in steps of a millisecond. The line has a rate, a drop-tail queue, a delay, random loss both ways and
outages; the sender has an encoder that makes pictures of the target's size, with noise and key frames, and sound of
100 packets a second; feedback leaves the receiver every `feedback_s`, as transport-wide feedback does.
"""

from __future__ import annotations

import random
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

from robot_agent.media.rate.control import RateControl, RateSettings
from robot_agent.media.rate.pacer import Pacer
from robot_agent.media.rate.packets import PacketResult

STEP_S = 0.001
FPS = 30
PACKET_BYTES = 1200
HEADER_BYTES = 20
SOUND_BYTES = 60
SOUND_S = 0.010
KEY_FRAME_SIZE = 4.0  # times a usual picture, spread by the encoder's buffer
GRAIN = 0.15  # of a picture's size
PROBE_POLL_S = 0.02
FAR_CLOCK_S = 1234.5  # the far side's clock has an origin of its own
UNLIMITED_BPS = 100e6
Packet = tuple[int, float]  # size, when it was made


@dataclass(frozen=True)
class Line:
    """One way out and back. `rates` are (from when, bit/s); `outages` are (from, until)."""

    rates: tuple[tuple[float, float], ...] = ((0.0, UNLIMITED_BPS),)
    rtt_s: float = 0.02
    loss: float = 0.0
    queue_s: float = 0.4
    jitter_s: float = 0.0
    outages: tuple[tuple[float, float], ...] = ()
    outage_holds: bool = False  # the line keeps what its queue can hold, as a modem does; else all is lost
    feedback_s: float = 0.1
    feedback: bool = True  # else receiver reports only, once a second
    clock_drift: float = 0.0
    wanted_bps: Callable[[float], float] = lambda now_s: float("inf")  # what the scene needs, of the target
    seed: int = 1


@dataclass(frozen=True)
class Moment:
    """What was so at a time; `queue_s` is the line's real queue, `carried_bps` what arrived in the last second."""

    at_s: float
    target_bps: int
    queue_s: float
    carried_bps: float
    picture_late_s: float


@dataclass
class Run:
    """Everything that happened."""

    moments: list[Moment] = field(default_factory=list)
    feedback: list[tuple[float, list[PacketResult]]] = field(default_factory=list)
    dropped: int = 0
    lost: int = 0
    probes: int = 0

    def between(self, begin_s: float, end_s: float) -> list[Moment]:
        return [moment for moment in self.moments if begin_s <= moment.at_s < end_s]

    def target_at(self, at_s: float) -> int:
        return next(moment.target_bps for moment in self.moments if moment.at_s >= at_s)

    def reaches(self, bps: float, after_s: float = 0.0) -> float:
        """When the target first is `bps`; infinity if never."""
        return next((m.at_s for m in self.moments if m.at_s >= after_s and m.target_bps >= bps), float("inf"))

    def carried(self, begin_s: float, end_s: float) -> float:
        moments = self.between(begin_s + 1.0, end_s)
        return sum(moment.carried_bps for moment in moments) / len(moments)

    def queue_quantile(self, share: float, begin_s: float, end_s: float) -> float:
        queues = sorted(moment.queue_s for moment in self.between(begin_s, end_s))
        return queues[int(share * (len(queues) - 1))]


@dataclass
class _OnItsWay:
    sequence: int
    size: int
    sent_s: float
    probe: int | None
    sound: bool


class _Sender:
    def __init__(self, line: Line, rate: RateControl, chance: random.Random) -> None:
        self.line, self.rate, self.chance = line, rate, chance
        self.pacer: Pacer[Packet] = Pacer(rate.pacing_bps)
        self.sequence = 0
        self.history: dict[int, _OnItsWay] = {}
        self.frame = 0
        self.key = True
        self.next_frame_s = self.next_sound_s = self.next_poll_s = 0.0
        self.probes = 0

    def step(self, now_s: float) -> list[_OnItsWay]:
        if now_s >= self.next_poll_s:
            self.next_poll_s += PROBE_POLL_S
            if (probe := self.rate.next_probe(now_s)) is not None:
                self.pacer.start_probe(probe, now_s)
                self.probes += 1
        self.pacer.set_rate(self.rate.pacing_bps)
        if now_s >= self.next_sound_s:
            self.next_sound_s += SOUND_S
            self.pacer.push((SOUND_BYTES, now_s), SOUND_BYTES, "sound", now_s)
        if now_s >= self.next_frame_s:
            self.next_frame_s += 1 / FPS
            self._picture(now_s)
        sent = []
        while True:
            while (packet := self.pacer.pop(now_s)) is not None:
                sent.append(self._number(packet, now_s))
            wanted = self.pacer.padding_wanted(now_s)
            if wanted == 0:
                return sent
            size = min(max(wanted, 100), PACKET_BYTES)
            self.pacer.push((size, now_s), size, "padding", now_s)

    def _picture(self, now_s: float) -> None:
        self.key |= self.pacer.take_key_frame_wanted()
        bps = min(self.rate.target_bps, self.line.wanted_bps(now_s))
        size = bps / FPS / 8 * (1 + GRAIN * self.chance.uniform(-1, 1)) * (KEY_FRAME_SIZE if self.key else 1)
        self.frame += 1
        left = max(50, int(size))
        while left > 0:
            part = min(left, PACKET_BYTES - HEADER_BYTES)
            left -= part
            packet = (part + HEADER_BYTES, now_s)
            self.pacer.push(packet, packet[0], "fresh", now_s, frame=self.frame, key=self.key)
        self.key = False

    def _number(self, packet: Packet, now_s: float) -> _OnItsWay:
        self.sequence += 1
        one = _OnItsWay(self.sequence, packet[0], now_s, self.pacer.cluster, packet[0] == SOUND_BYTES)
        self.history[self.sequence] = one
        return one


class _Wire:
    """The line's queue and its delay."""

    def __init__(self, line: Line, chance: random.Random) -> None:
        self.line, self.chance = line, chance
        self.waiting: deque[_OnItsWay] = deque()
        self.waiting_bits = 0.0
        self.credit_bits = 0.0
        self.flying: deque[tuple[float, _OnItsWay]] = deque()
        self.lost = 0

    def rate_at(self, now_s: float) -> float:
        return [bps for begin_s, bps in self.line.rates if begin_s <= now_s][-1]

    def is_out(self, now_s: float) -> bool:
        return any(begin_s <= now_s < end_s for begin_s, end_s in self.line.outages)

    @property
    def queue_bits(self) -> float:
        return self.waiting_bits

    def put(self, one: _OnItsWay, now_s: float) -> None:
        out = self.is_out(now_s)
        full = self.waiting_bits + one.size * 8 > self.line.queue_s * self.rate_at(now_s)
        if (out and not self.line.outage_holds) or full or self.chance.random() < self.line.loss:
            self.lost += 1
            return
        self.waiting.append(one)
        self.waiting_bits += one.size * 8

    def step(self, now_s: float) -> list[_OnItsWay]:
        if not self.is_out(now_s):
            self.credit_bits += self.rate_at(now_s) * STEP_S
            while self.waiting and self.credit_bits >= self.waiting[0].size * 8:
                one = self.waiting.popleft()
                self.credit_bits -= one.size * 8
                self.waiting_bits -= one.size * 8
                late_s = abs(self.chance.gauss(0, self.line.jitter_s)) if self.line.jitter_s else 0.0
                arrives_s = now_s + self.line.rtt_s / 2 + late_s
                if self.flying:
                    arrives_s = max(arrives_s, self.flying[-1][0])
                self.flying.append((arrives_s, one))
            if not self.waiting:
                self.credit_bits = 0.0
        arrived = []
        while self.flying and self.flying[0][0] <= now_s:
            arrived.append(self.flying.popleft()[1])
        return arrived


class _Receiver:
    def __init__(self, line: Line, chance: random.Random) -> None:
        self.line, self.chance = line, chance
        self.next_s = line.feedback_s
        self.next_report_s = 1.0
        self.arrived: dict[int, float] = {}
        self.highest = self.reported = self.last_reported = 0
        self.expected_before = self.received = 0

    def take(self, one: _OnItsWay, now_s: float) -> None:
        self.arrived[one.sequence] = now_s
        self.highest = max(self.highest, one.sequence)
        self.received += 1

    def feedback(self, now_s: float) -> list[tuple[int, float | None]]:
        """(number, arrival) of all since the feedback before; empty when it is not time."""
        if now_s < self.next_s:
            return []
        self.next_s += self.line.feedback_s
        told: list[tuple[int, float | None]] = []
        for number in range(self.reported + 1, self.highest + 1):
            at_s = self.arrived.pop(number, None)
            told.append((number, None if at_s is None else at_s * (1 + self.line.clock_drift) + FAR_CLOCK_S))
        self.reported = self.highest
        return told

    def report(self, now_s: float) -> float | None:
        """The share lost since the report before."""
        if now_s < self.next_report_s:
            return None
        self.next_report_s += 1.0
        expected, received = self.highest - self.expected_before, self.received
        self.expected_before, self.received = self.highest, 0
        return max(0.0, 1 - received / expected) if expected > 0 else None


def run(line: Line, seconds: float, settings: RateSettings | None = None) -> Run:
    """The rate control on `line` for so long."""
    chance = random.Random(line.seed)
    rate = RateControl(settings)
    sender, wire, receiver = _Sender(line, rate, chance), _Wire(line, chance), _Receiver(line, chance)
    back: deque[tuple[float, list[PacketResult] | float, float]] = deque()
    done = Run()
    carried: deque[tuple[float, int]] = deque()
    carried_bytes, late_s = 0, 0.0
    for step in range(round(seconds / STEP_S)):
        now_s = step * STEP_S
        for one in sender.step(now_s):
            wire.put(one, now_s)
        for one in wire.step(now_s):
            receiver.take(one, now_s)
            carried.append((now_s, one.size))
            carried_bytes += one.size
            late_s = now_s - one.sent_s
        while carried and carried[0][0] < now_s - 1.0:
            carried_bytes -= carried.popleft()[1]
        _answer(line, receiver, sender, wire, back, chance, now_s)
        while back and back[0][0] <= now_s:
            _, told, rtt_s = back.popleft()
            if isinstance(told, float):
                rate.on_report(told, now_s, rtt_s)
            else:
                done.feedback.append((now_s, told))
                rate.on_feedback(told, now_s)
        if step % 10 == 0:
            queue_s = wire.queue_bits / wire.rate_at(now_s)
            done.moments.append(Moment(now_s, rate.target_bps, queue_s, carried_bytes * 8.0, late_s))
    done.dropped, done.lost, done.probes = sender.pacer.dropped, wire.lost, sender.probes
    return done


def _answer(
    line: Line,
    receiver: _Receiver,
    sender: _Sender,
    wire: _Wire,
    back: deque[tuple[float, list[PacketResult] | float, float]],
    chance: random.Random,
    now_s: float,
) -> None:
    gone = wire.is_out(now_s) or chance.random() < line.loss
    if line.feedback and (told := receiver.feedback(now_s)) and not gone:
        results = []
        for number, arrived_s in told:
            one = sender.history.pop(number)
            results.append(PacketResult(number, one.size, one.sent_s, arrived_s, one.probe))
        back.append((now_s + line.rtt_s / 2, results, 0.0))
    loss = receiver.report(now_s)
    if loss is not None and not gone:
        back.append((now_s + line.rtt_s / 2, loss, line.rtt_s + wire.queue_bits / wire.rate_at(now_s)))
