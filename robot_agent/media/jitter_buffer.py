"""The far side's packets on their way to the decoder: what to do for the next samples, and how long sound waits.

Pure: no clock, no thread, no codec. The wait is measured from when the fastest packet of late would have brought a
sample, so it is what jitter costs; it is between MIN_WAIT_S and MAX_WAIT_S, follows the line, and is never paid
where a stream begins again after silence.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from robot_agent.media.arrivals import Arrivals
from robot_agent.media.voice_packet import RATE_HZ, VoicePacket, has_fec, is_dtx, packet_samples

MIN_WAIT_S = 0.020
MAX_WAIT_S = 0.120
MARGIN_S = 0.010  # the device asks every 10 ms: a packet that comes just after it asked waits so long
CAPACITY = 64  # packets; 640 ms of the shortest, far above MAX_WAIT_S
STEP = 480  # samples made at a time where there is no packet
SMALLEST = 120  # samples, 2.5 ms: what a decoder can make up comes in multiples of this
MAX_BRIDGE = 5760  # samples, 120 ms: what is made up beyond that sounds like a fault, so it is silent
MAX_COMFORT = 48_000  # samples, 1 s: a silent sender still shows itself every 400 ms (RFC 6716 section 2.1.9)
LONGEST_FRAME = 2880  # samples, 60 ms: a hole longer than its packets can be holds a pause too
TOO_OLD_S = 0.080  # sound that would wait so much longer than needed is left out, not played fast
LOSS_MEMORY_S = 8.0
FEC_LOSSES = 2  # losses within the memory from which waiting for the copy in the next packet pays
MAX_MISORDER = 1000  # sequence numbers; a packet further off belongs to a stream that began anew
RETURN_S = 1.0  # a stream that another replaced is listened to again when that one has been silent for so long


@dataclass(frozen=True, slots=True)
class Play:
    """Decode this packet. `skipped`: what came before it is left out, so blend into it.

    `drop`: leave out so many samples of its beginning, because sound that begins here has waited longer than needed.
    """

    payload: bytes
    skipped: bool = False
    drop: int = 0


@dataclass(frozen=True, slots=True)
class Recover:
    """Take the `samples` before this packet from the copy in it, and leave out the first `drop` of them."""

    payload: bytes
    samples: int
    drop: int = 0


@dataclass(frozen=True, slots=True)
class Conceal:
    """Make `samples` up. `last`: let them die away, silence follows."""

    samples: int
    last: bool = False


@dataclass(frozen=True, slots=True)
class Comfort:
    """The far side is silent on purpose: let the decoder make `samples` of its background noise."""

    samples: int


@dataclass(frozen=True, slots=True)
class Silence:
    """There is nothing to play."""


@dataclass(frozen=True, slots=True)
class NewStream:
    """Forget the decoder's state; then ask again."""


Decision: TypeAlias = Play | Recover | Conceal | Comfort | Silence | NewStream


@dataclass
class Counts:
    """Packets since the start, by what became of them; concealment in samples."""

    received: int = 0
    lost: int = 0
    recovered: int = 0
    late: int = 0
    duplicates: int = 0
    skipped: int = 0
    refused: int = 0
    concealed_samples: int = 0


@dataclass(frozen=True, slots=True)
class _Waiting:
    timestamp: int
    samples: int
    payload: bytes


class JitterBuffer:
    """One far side at a time. `add` what comes, ask `next` when samples are needed; not thread-safe.

    Time stamps and sequence numbers are unwrapped on the way in, so everything inside counts up for ever.
    """

    def __init__(self) -> None:
        self.counts = Counts()
        self._arrivals = Arrivals()
        self._packets: dict[int, _Waiting] = {}
        self._ssrc: int | None = None
        self._replaced: int | None = None
        self._last_s = float("-inf")
        self._sequence = 0  # of the newest packet, unwrapped
        self._timestamp = 0
        self._next_sequence = 0
        self._position = 0  # time stamp of the next sample to decode
        self._running = False
        self._bridged = 0  # samples made up since the last packet without moving on
        self._quiet = False
        self._new_stream = False
        self._trim = 0
        self._losses: list[float] = []
        self._packet_s = 0.020
        self._fec = False

    # what comes in

    def add(self, packet: VoicePacket) -> None:
        """A packet came, in any order, perhaps twice, perhaps too late."""
        try:
            samples = packet_samples(packet.payload)
        except ValueError:
            self.counts.refused += 1
            return
        if not self._belongs(packet):
            return
        self.counts.received += 1
        self._last_s = packet.arrived_s
        sequence = self._sequence + _difference(packet.sequence, self._sequence, 16)
        timestamp = self._timestamp + _difference(packet.timestamp, self._timestamp, 32)
        lateness_s = self._arrivals.add(timestamp, packet.arrived_s)
        if sequence > self._sequence:
            self._sequence, self._timestamp = sequence, timestamp
            self._packet_s = samples / RATE_HZ
            self._fec = has_fec(packet.payload)
        if sequence in self._packets:
            self.counts.duplicates += 1
        elif self._running and (sequence < self._next_sequence or timestamp < self._position):
            self.counts.late += 1
            self._arrivals.missed(lateness_s, packet.arrived_s)
        else:
            if self._running and sequence == self._next_sequence and self._bridged and not self._quiet:
                self._arrivals.missed(lateness_s, packet.arrived_s)
            self._packets[sequence] = _Waiting(timestamp, samples, packet.payload)
            if len(self._packets) > CAPACITY:
                del self._packets[min(self._packets)]
                self.counts.skipped += 1

    def _belongs(self, packet: VoicePacket) -> bool:
        """Is it of the stream that plays? A stream that begins takes over, and the replaced one is not heard."""
        if packet.ssrc == self._ssrc:
            if abs(_difference(packet.sequence, self._sequence, 16)) > MAX_MISORDER:
                self._begin(packet)
            return True
        if packet.ssrc == self._replaced and packet.arrived_s - self._last_s < RETURN_S:
            return False
        self._replaced = self._ssrc
        self._begin(packet)
        return True

    def _begin(self, packet: VoicePacket) -> None:
        self._new_stream = self._ssrc is not None
        self._ssrc = packet.ssrc
        self._sequence, self._timestamp = packet.sequence - 1, packet.timestamp
        self._packets.clear()
        self._arrivals = Arrivals()
        self._running = self._quiet = False

    # what goes out

    def target_s(self, now_s: float) -> float:
        """How long sound should wait now."""
        wanted = max(MIN_WAIT_S, self._arrivals.high_s(now_s) + MARGIN_S)
        if self._fec and self._loses(now_s):
            wanted = max(wanted, self._packet_s + self._arrivals.usual_s + MARGIN_S)
        return min(MAX_WAIT_S, wanted)

    def wait_s(self, now_s: float, decoded: int) -> float:
        """How long the next sample to be heard has waited, when `decoded` samples are decoded and not yet heard."""
        return now_s - self._arrivals.base_s - (self._position - decoded) / RATE_HZ

    def stock_s(self, decoded: int) -> float:
        """How much sound is here, of which `decoded` samples are decoded; holes count as sound."""
        if not self._packets:
            return decoded / RATE_HZ
        newest = self._packets[max(self._packets)]
        return (max(0, newest.timestamp + newest.samples - self._position) + decoded) / RATE_HZ

    @property
    def playing(self) -> bool:
        """Is there a stream, with its sound going on?"""
        return self._running

    @property
    def ready(self) -> bool:
        """Could the next packet be decoded at once?"""
        return self._running and self._next_sequence in self._packets

    def next(self, now_s: float, decoded: int) -> Decision:
        """What to make samples from; moves on. `decoded` samples are decoded and not yet heard."""
        if self._new_stream:
            self._new_stream = False
            return NewStream()
        skipped = self._leave_out_old(now_s, decoded)
        if not self._running and not self._start(now_s, decoded):
            return self._bridge()
        packet = self._packets.pop(self._next_sequence, None)
        if packet is not None:
            if packet.timestamp > self._position and not skipped:
                return self._after_pause(packet, now_s, decoded)
            return self._play(packet, skipped)
        if not self._packets:
            return self._bridge()
        return self._fill_hole(now_s, decoded)

    def _play(self, packet: _Waiting, skipped: bool) -> Play:
        drop, self._trim = min(self._trim, packet.samples), 0
        self._next_sequence += 1
        self._position = packet.timestamp + packet.samples
        self._bridged = 0
        self._quiet = is_dtx(packet.payload)
        return Play(packet.payload, skipped, drop)

    def _after_pause(self, packet: _Waiting, now_s: float, decoded: int) -> Decision:
        """The next packet is not the next sample: the far side paused. The pause is as long as the wait needs."""
        spare_s = self._wait_at(packet, now_s, decoded) - self.target_s(now_s)
        if spare_s < 0:
            self._packets[self._next_sequence] = packet
            return self._bridge()
        self._trim = _trimmed(spare_s)
        return self._play(packet, skipped=False)

    def _start(self, now_s: float, decoded: int) -> bool:
        """Begin with the oldest packet when it has waited enough."""
        if not self._packets:
            return False
        first = min(self._packets)
        spare_s = self._wait_at(self._packets[first], now_s, decoded) - self.target_s(now_s)
        if spare_s < 0:
            return False
        self._trim = _trimmed(spare_s)
        self._running = True
        self._next_sequence = first
        self._position = self._packets[first].timestamp
        return True

    def _wait_at(self, packet: _Waiting, now_s: float, decoded: int) -> float:
        """How long the packet's first sample will have waited if it is next."""
        return now_s - self._arrivals.base_s - packet.timestamp / RATE_HZ + decoded / RATE_HZ

    def _leave_out_old(self, now_s: float, decoded: int) -> bool:
        """Drop packets that would keep a delay of more than TOO_OLD_S over what is needed; did any go?

        Only where there is more than that in stock: packets that are all late are not a backlog.
        """
        most_s, dropped = self.target_s(now_s) + TOO_OLD_S, False
        while len(self._packets) > 1:
            oldest = min(self._packets)
            first, newest = self._packets[oldest], self._packets[max(self._packets)]
            stock_s = (newest.timestamp + newest.samples - first.timestamp + decoded) / RATE_HZ
            if stock_s <= most_s or self._wait_at(first, now_s, decoded) <= most_s:
                break
            del self._packets[oldest]
            self.counts.skipped += 1
            dropped = True
        if dropped and self._running:
            self._next_sequence = min(self._packets)
        return dropped

    def _bridge(self) -> Decision:
        """Nothing is here: make sound up without moving on, since what is missing may still come."""
        if self._quiet and self._bridged < MAX_COMFORT:
            self._bridged += STEP
            return Comfort(STEP)
        if self._bridged >= MAX_BRIDGE or self._ssrc is None or (not self._running and not self._bridged):
            self._running = False
            return Silence()
        self._bridged += STEP
        self.counts.concealed_samples += STEP
        return Conceal(STEP, last=self._bridged >= MAX_BRIDGE)

    def _fill_hole(self, now_s: float, decoded: int) -> Decision:
        """Later packets are here, the next is not: it counts as lost."""
        following = min(self._packets)
        packet = self._packets[following]
        gap = packet.timestamp - self._position
        missing = following - self._next_sequence
        if self._quiet or not 0 < gap <= missing * LONGEST_FRAME:  # a pause too, or a stream that counts oddly
            self._lose(missing, now_s)
            self._next_sequence = following
            return self.next(now_s, decoded)
        spare_s = self.wait_s(now_s, decoded) - self.target_s(now_s)
        covered = min(self._bridged, gap, max(0, int(spare_s * RATE_HZ))) // SMALLEST * SMALLEST
        self._bridged = 0
        last = gap - covered <= packet.samples or missing == 1
        if not last:
            return self._conceal_one(gap // missing, covered, now_s, decoded)
        self._lose(missing, now_s)
        self._next_sequence = following
        self._position = packet.timestamp
        if covered == gap:
            return self._play(self._packets.pop(following), skipped=True)
        if has_fec(packet.payload) and gap <= MAX_BRIDGE:
            self.counts.recovered += 1
            made = _whole_steps(max(gap, packet.samples))  # libopus recovers whole frames only
            return Recover(packet.payload, made, made - gap + covered)
        self.counts.concealed_samples += gap - covered
        return Conceal(_whole_steps(min(gap - covered, MAX_BRIDGE)))

    def _conceal_one(self, length: int, covered: int, now_s: float, decoded: int) -> Decision:
        """The first of several lost packets, taken to be as long as the others."""
        length = _whole_steps(length)
        self._lose(1, now_s)
        self._next_sequence += 1
        self._position += length
        if covered >= length:
            self._bridged = covered - length
            return self.next(now_s, decoded)
        self.counts.concealed_samples += length - covered
        return Conceal(length - covered)

    def _lose(self, packets: int, now_s: float) -> None:
        self.counts.lost += packets
        self._losses.append(now_s)
        if len(self._losses) > FEC_LOSSES:
            del self._losses[0]

    def _loses(self, now_s: float) -> bool:
        return len(self._losses) == FEC_LOSSES and now_s - self._losses[0] < LOSS_MEMORY_S


def _difference(value: int, reference: int, bits: int) -> int:
    """`value` minus `reference` modulo 2**bits, between -2**(bits-1) and 2**(bits-1) - 1."""
    half = 1 << (bits - 1)
    return (value - reference + half) % (1 << bits) - half


def _trimmed(spare_s: float) -> int:
    """Up to a step of what waits too long, where a beginning is free to be cut; more is for `_leave_out_old`."""
    return min(STEP, int(spare_s * RATE_HZ))


def _whole_steps(samples: int) -> int:
    """Rounded up to a multiple of 2.5 ms, at least one."""
    return max(SMALLEST, (samples + SMALLEST - 1) // SMALLEST * SMALLEST)
