"""Ten thousand hostile payloads over a line on which everything goes wrong: no wrong value is ever taken as right.

Pure: the link's state machine on one side, devices written apart from it on the other, a number for the clock, and
between them a seeded line that flips, cuts, drops, doubles, delays and adds noise. It keeps its order, as a wire does.
"""

from __future__ import annotations

import random
import struct
from collections import Counter, deque
from dataclasses import dataclass, field

import pytest

from robot_agent.head.frames import BROADCAST_ID, Instruction, InstructionFrame
from robot_agent.head.transaction import Link, Outcome, Request
from tests.head import fake_bus

PAYLOADS = 10_000
LATENCY_S = 0.006
PLACE = 100  # where the payload lies in each device's table
IDS = (1, 2)
# What frames are made of comes far more often than by chance.
HEADER_BYTES = b"\xff\xff\xff\xfd\xfd\x00\xfe\x55\x01\x02\x0a"
PARTS = (b"\xff\xff\xfd", b"\xff\xff\xfd\xfd", fake_bus.HEAD)
WHOLE = tuple(fake_bus.status(device, bytes(size)) for device in IDS for size in (0, 4, 10))


def hostile(chance: random.Random, size: int) -> bytes:
    """Bytes that look like the protocol itself: headers, stuffed headers, whole frames, or anything."""
    kind = chance.randrange(4)
    if kind == 0:
        return chance.randbytes(size)
    if kind == 1:
        return bytes(chance.choice(HEADER_BYTES) for _ in range(size))
    pattern = chance.choice(PARTS if kind == 2 else WHOLE)
    return (bytes(chance.randrange(4)) + pattern * (size // len(pattern) + 1))[:size]


@dataclass
class Line:
    """The wire and the devices on it. `rough` is the share of frames, each way, to which something happens."""

    chance: random.Random
    rough: float
    tables: dict[int, bytearray] = field(default_factory=lambda: {device: bytearray(256) for device in IDS})
    coming: deque[tuple[float, bytes]] = field(default_factory=deque)
    free_at: float = 0.0
    happened: Counter[str] = field(default_factory=Counter)

    def send(self, wire: bytes, now: float) -> None:
        """An instruction of ours; what is answered comes later."""
        frame = self._spoil(wire)
        if len(frame) >= 10 and struct.unpack("<H", frame[-2:])[0] == fake_bus.crc(frame[:-2]):
            for answer in self._obey(frame[4], fake_bus.unescape(frame[7:-2])):
                self._answer(answer, now)

    def _answer(self, wire: bytes, now: float) -> None:
        late = self.chance.random() < self.rough / 4
        self.happened["late"] += late
        self.free_at = max(self.free_at, now) + (self.chance.uniform(0, 0.03) if late else 0.0002)
        data = self._spoil(wire)
        if self.chance.random() < self.rough / 4:
            self.happened["doubled"] += 1
            data += wire
        if self.chance.random() < self.rough:
            data = hostile(self.chance, self.chance.randrange(12)) + data
        size = self.chance.choice((1, 3, 1000))
        for start in range(0, len(data), size):
            self.coming.append((self.free_at, data[start : start + size]))

    def _spoil(self, wire: bytes) -> bytes:
        if self.chance.random() >= self.rough:
            return wire
        kind = self.chance.choice(("flipped", "cut", "dropped", "byte lost"))
        self.happened[kind] += 1
        place = self.chance.randrange(len(wire))
        if kind == "flipped":
            return wire[:place] + bytes((wire[place] ^ self.chance.randrange(1, 256),)) + wire[place + 1 :]
        if kind == "cut":
            return wire[:place]
        return wire[:place] + wire[place + 1 :] if kind == "byte lost" else b""

    def _obey(self, device: int, body: bytes) -> list[bytes]:
        instruction, params = body[0], body[1:]
        if instruction == Instruction.FAST_SYNC_READ:
            return [self._chain(*struct.unpack_from("<HH", params), params[4:])]
        table = self.tables[device]
        if instruction == Instruction.PING:
            return [fake_bus.status(device, b"\xb0\x04\x2e")]
        address = struct.unpack_from("<H", params)[0]
        if instruction == Instruction.WRITE:
            table[address : address + len(params) - 2] = params[2:]
            return [fake_bus.status(device)]
        return [fake_bus.status(device, bytes(table[address : address + struct.unpack_from("<H", params, 2)[0]]))]

    def _chain(self, address: int, size: int, ids: bytes) -> bytes:
        frame = fake_bus.HEAD + b"\xfe" + struct.pack("<H", 1 + len(ids) * (size + 4)) + b"\x55"
        for device in ids:
            frame += bytes((0, device)) + self.tables[device][address : address + size]
            frame += struct.pack("<H", fake_bus.crc(frame))
        return frame


class Master:
    """Drives the link over the line; time is a number."""

    def __init__(self, line: Line) -> None:
        self.line = line
        self.link = Link(1_000_000, LATENCY_S)
        self.now = 1.0

    def ask(self, request: Request, attempts: int) -> Outcome:
        """One exchange to its end, a little after the one before."""
        self.now += 0.0005
        while self.line.coming and self.line.coming[0][0] <= self.now:
            self.link.receive(self.line.coming.popleft()[1], self.now)
        self._out(self.link.begin(request, self.now, attempts, self.now + 0.05))
        while (outcome := self.link.outcome) is None:
            coming = self.line.coming
            if coming and coming[0][0] <= self.link.wake_at:
                at, data = coming.popleft()
                self.now = max(self.now, at)
                self._out(self.link.receive(data, self.now))
            else:
                self.now = max(self.now, self.link.wake_at)
                self._out(self.link.poll(self.now))
        return outcome

    def _out(self, wire: bytes | None) -> None:
        if wire is not None:
            self.line.send(wire, self.now)


def write(device: int, payload: bytes) -> Request:
    frame = InstructionFrame(device, Instruction.WRITE, struct.pack("<H", PLACE) + payload)
    return Request(frame, (device,), 0)


def read(device: int, size: int) -> Request:
    frame = InstructionFrame(device, Instruction.READ, struct.pack("<HH", PLACE, size))
    return Request(frame, (device,), size)


def read_both(size: int) -> Request:
    frame = InstructionFrame(BROADCAST_ID, Instruction.FAST_SYNC_READ, struct.pack("<HHBB", PLACE, size, *IDS))
    return Request(frame, IDS, size, chained=True)


@pytest.mark.parametrize(("rough", "at_least"), [(0.0, 1.0), (0.1, 0.7), (0.3, 0.3)], ids=["clean", "bad", "awful"])
def test_ten_thousand_hostile_payloads_and_no_wrong_value(rough: float, at_least: float) -> None:
    """Each is written, and read back alone or from both at once; a value counts when the link calls it an answer."""
    chance = random.Random(4)
    line = Line(chance, rough)
    master = Master(line)
    told: Counter[str] = Counter()
    for turn in range(PAYLOADS // 3 + 1):
        size = chance.choice((1, 2, 4, 10, 24))
        device = IDS[turn % 2]
        payload = hostile(chance, size)
        if device in master.ask(write(device, payload), 2).replies:
            told["written"] += 1
            assert line.tables[device][PLACE : PLACE + size] == payload, f"turn {turn}: written as something else"
        request = read_both(size) if turn % 3 == 0 else read(device, size)
        replies = master.ask(request, 1 if request.chained else 2).replies
        for asked in request.ids:
            told["asked"] += 1
            if asked in replies and not replies[asked].error:
                told["read"] += 1
                now_there = bytes(line.tables[asked][PLACE : PLACE + size])
                assert replies[asked].params == now_there, f"turn {turn}: {replies[asked].params.hex()} is wrong"
    assert told["read"] >= at_least * told["asked"]
    assert told["written"] >= at_least * (PAYLOADS // 3 + 1)
    if rough:
        assert min(line.happened.values()) > 20, line.happened
