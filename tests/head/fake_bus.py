"""A second, minimal servo bus on a pty: the device side, written apart from the driver and the simulator.

Servos 1 and 2 and the head board 10, enough registers to answer, and switchable faults. It runs on the test's
own event loop: no thread, and nothing is left after `close`.
"""

from __future__ import annotations

import asyncio
import os
import random
import struct
import tty
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

HEAD = bytes.fromhex("fffffd00")
STEPS_PER_DEG = 4096 / 360
SPEED_DEG_S = 450.0


def crc(data: bytes) -> int:
    value = 0
    for byte in data:
        value ^= byte << 8
        for _ in range(8):
            value = (value << 1 ^ 0x8005 if value & 0x8000 else value << 1) & 0xFFFF
    return value


def escape(body: bytes) -> bytes:
    out = bytearray()
    for byte in body:
        out.append(byte)
        if out[-3:] == b"\xff\xff\xfd":
            out.append(0xFD)
    return bytes(out)


def unescape(body: bytes) -> bytes:
    out = bytearray()
    skip = False
    for byte in body:
        if skip:
            skip = False
            continue
        out.append(byte)
        skip = out[-3:] == b"\xff\xff\xfd"
    return bytes(out)


def packet(device: int, body: bytes) -> bytes:
    body = escape(body)
    raw = HEAD + bytes([device]) + struct.pack("<H", len(body) + 2) + body
    return raw + struct.pack("<H", crc(raw))


def status(device: int, params: bytes = b"", error: int = 0) -> bytes:
    return packet(device, bytes([0x55, error]) + params)


@dataclass
class Faults:
    """What goes wrong on the line. `loss`: the share of frames lost, each way; `shy`: where they are, these tell in a
    batch only."""

    silent: set[int] = field(default_factory=set)
    late: dict[int, float] = field(default_factory=dict)
    shy: set[int] = field(default_factory=set)
    corrupt: float = 0.0
    loss: float = 0.0
    delay_s: float = 0.0
    byte_at_a_time: bool = False
    no_fast_read: bool = False


class FakeDevice:
    """A control table of 256 bytes."""

    def __init__(self, device: int, model: int) -> None:
        self.id = device
        self.table = bytearray(256)
        self.table[0:2] = struct.pack("<H", model)
        self.table[6] = 46
        self.table[7] = device
        self.writes: list[tuple[int, bytes]] = []

    def read(self, address: int, size: int) -> bytes:
        return bytes(self.table[address : address + size])

    def write(self, address: int, data: bytes) -> int:
        self.writes.append((address, data))
        self.table[address : address + len(data)] = data
        return 0

    def heard(self) -> None:
        """A valid frame was on the line."""

    def number(self, address: int, form: str) -> int:
        value = struct.unpack_from("<" + form, self.table, address)[0]
        assert isinstance(value, int)
        return value


class FakeServo(FakeDevice):
    """Moves at constant speed while torque is on; EEPROM locked then; goals refused after its watchdog."""

    def __init__(self, device: int, clock: Callable[[], float], deg: float = 0.0) -> None:
        super().__init__(device, 1200)
        self._clock = clock
        self._at = clock()
        self._heard_at = clock()
        self.deg = deg
        self.blocked = False
        self.table[9], self.table[11], self.table[68] = 250, 3, 2
        struct.pack_into("<BHH", self.table, 31, 70, 70, 35)
        struct.pack_into("<HB", self.table, 144, 50, 27)
        struct.pack_into("<H", self.table, 38, 1750)
        struct.pack_into("<i", self.table, 48, 4095)
        struct.pack_into("<i", self.table, 116, 2048)
        self.goals: list[tuple[float, float]] = []

    @property
    def torque(self) -> bool:
        return self.table[64] == 1

    @property
    def goal_deg(self) -> float:
        return (self.number(116, "i") - 2048) / STEPS_PER_DEG

    def restart(self) -> None:
        """As after a dip of the supply: RAM as at power-on."""
        self.table[64] = self.table[70] = self.table[98] = 0
        struct.pack_into("<i", self.table, 112, 0)

    def move(self) -> None:
        now = self._clock()
        dt, self._at = now - self._at, now
        limit = self.number(98, "b")
        if limit > 0 and now - self._heard_at > limit * 0.02:
            self.table[98] = 0xFF
            struct.pack_into("<i", self.table, 116, round(self.deg * STEPS_PER_DEG) + 2048)
        way = self.goal_deg - self.deg if self.torque and not self.blocked else 0.0
        step = max(-SPEED_DEG_S * dt, min(SPEED_DEG_S * dt, way))
        self.deg += step
        velocity = step / dt / 1.374 if dt > 0 else 0.0
        struct.pack_into("<hii", self.table, 126, 700 if self.blocked else 20, round(velocity), self.steps)

    @property
    def steps(self) -> int:
        return round(self.deg * STEPS_PER_DEG) + 2048

    def heard(self) -> None:
        self.move()
        self._heard_at = self._clock()

    def read(self, address: int, size: int) -> bytes:
        self.move()
        return super().read(address, size)

    def write(self, address: int, data: bytes) -> int:
        self.move()
        if (address < 64 and self.torque) or 120 <= address < 148:
            return 7
        if address == 116:
            if self.table[98] == 0xFF:
                return 4
            self.goals.append((self._clock(), (struct.unpack("<i", data)[0] - 2048) / STEPS_PER_DEG))
        return super().write(address, data)


class FakeBoard(FakeDevice):
    """The head board: range checks of its table, and nothing of the protocol but ping, read and write."""

    def __init__(self) -> None:
        super().__init__(10, 0x5641)
        self.table[128:135] = struct.pack("<BBHBBB", 80, 0, 7400, 0, 0, 0)

    def write(self, address: int, data: bytes) -> int:
        for place, value in enumerate(data, start=address):
            if (place == 64 and value > 4) or (place == 69 and 0 < value < 9) or (place == 71 and value > 1):
                return 4
        return super().write(address, data)


class FakeBus:
    """The pty and its devices; `path` is a link that stays the same over `unplug` and `replug`."""

    def __init__(self, folder: Path, seed: int = 1) -> None:
        self._loop = asyncio.get_running_loop()
        self.path = folder / "bus"
        self.faults = Faults()
        self.pan = FakeServo(1, self._loop.time)
        self.tilt = FakeServo(2, self._loop.time)
        self.board = FakeBoard()
        self.devices: dict[int, FakeDevice] = {1: self.pan, 2: self.tilt, 10: self.board}
        self.reboots: list[int] = []
        self.frames = 0
        self._random = random.Random(seed)
        self._buffer = b""
        self._timers: set[asyncio.TimerHandle] = set()
        self._master = self._slave = -1
        self.replug()

    def replug(self) -> None:
        self._master, self._slave = os.openpty()
        tty.setraw(self._slave)
        os.set_blocking(self._master, False)
        self.path.unlink(missing_ok=True)
        self.path.symlink_to(os.ttyname(self._slave))
        self._loop.add_reader(self._master, self._readable)

    def unplug(self) -> None:
        if self._master < 0:
            return
        self._loop.remove_reader(self._master)
        os.close(self._slave)
        os.close(self._master)
        self._master = self._slave = -1
        self.path.unlink(missing_ok=True)

    def close(self) -> None:
        for timer in self._timers:
            timer.cancel()
        self.unplug()

    def say(self, data: bytes) -> None:
        """Put bytes on the line, whoever asked for them."""
        if self._master >= 0:
            os.write(self._master, data)

    def _readable(self) -> None:
        try:
            self._buffer += os.read(self._master, 4096)
        except OSError:
            return
        while (start := self._buffer.find(HEAD)) >= 0:
            frame = self._buffer[start:]
            if len(frame) < 7 or len(frame) < (total := 7 + struct.unpack_from("<H", frame, 5)[0]):
                return
            self._buffer = frame[total:]
            frame = frame[:total]
            if struct.unpack("<H", frame[-2:])[0] == crc(frame[:-2]) and not self._lost():
                self._obey(frame[4], unescape(frame[7:-2]))

    def _lost(self) -> bool:
        return self._random.random() < self.faults.loss

    def _obey(self, device: int, body: bytes) -> None:
        self.frames += 1
        for each in self.devices.values():
            each.heard()
        instruction, params = body[0], body[1:]
        if device == 0xFE:
            self._broadcast(instruction, params)
        elif device in self.devices and device not in self.faults.silent:
            self._reply(device, self._single(self.devices[device], instruction, params))

    def _single(self, device: FakeDevice, instruction: int, params: bytes) -> bytes:
        if instruction == 0x01:
            return status(device.id, bytes(device.table[0:2]) + bytes([device.table[6]]))
        if instruction == 0x02 and device.id in self.faults.shy and struct.unpack_from("<H", params)[0] == 126:
            return b""
        if instruction == 0x02:
            return status(device.id, device.read(*struct.unpack("<HH", params)))
        if instruction == 0x03:
            return status(device.id, error=device.write(struct.unpack_from("<H", params)[0], params[2:]))
        if instruction == 0x08 and isinstance(device, FakeServo):
            self.reboots.append(device.id)
            device.restart()
            return status(device.id)
        return status(device.id, error=2)

    def _broadcast(self, instruction: int, params: bytes) -> None:
        address, size = struct.unpack_from("<HH", params)
        servos = [self.pan, self.tilt]
        if instruction == 0x83:
            for start in range(4, len(params), size + 1):
                for servo in servos:
                    if servo.id == params[start] and servo.id not in self.faults.silent:
                        servo.write(address, params[start + 1 : start + 1 + size])
        asked = [servo for i in params[4:] for servo in servos if servo.id == i]
        if instruction == 0x82:
            for servo in asked:
                if servo.id in self.faults.silent:
                    return  # each waits for the one before it
                self._reply(servo.id, status(servo.id, servo.read(address, size)))
        if instruction == 0x8A and not self.faults.no_fast_read:
            self._chain(asked, address, size)

    def _chain(self, asked: list[FakeServo], address: int, size: int) -> None:
        """Each servo adds its block to the frame of the first; a silent one ends it."""
        frame = HEAD + b"\xfe" + struct.pack("<H", 1 + len(asked) * (size + 4)) + b"\x55"
        for servo in asked:
            if servo.id in self.faults.silent:
                break
            frame += bytes([0, servo.id]) + servo.read(address, size)
            frame += struct.pack("<H", crc(frame))
        else:
            self._reply(0xFE, frame)
            return
        if len(frame) > 8:
            self._reply(0xFE, frame)

    def _reply(self, device: int, frame: bytes) -> None:
        if self._lost() or not frame:
            return
        if self._random.random() < self.faults.corrupt:
            place = self._random.randrange(len(frame))
            frame = frame[:place] + bytes([frame[place] ^ 0x40]) + frame[place + 1 :]
        delay = self.faults.delay_s + self.faults.late.get(device, 0.0)
        portions = [bytes([b]) for b in frame] if self.faults.byte_at_a_time else [frame]
        self._later(delay, portions)

    def _later(self, delay: float, portions: list[bytes]) -> None:
        if delay <= 0:
            for portion in portions:
                self.say(portion)
            return

        def send() -> None:
            self._timers.discard(timer)
            for portion in portions:
                self.say(portion)

        timer = self._loop.call_later(delay, send)
        self._timers.add(timer)
