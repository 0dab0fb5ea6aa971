"""The simulated bus on a pty with the unmodified dynamixel-sdk opened on it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from dynamixel_sdk import PacketHandler

from hardware_sim.bus.body import Body
from hardware_sim.bus.port import SerialPort
from tests.sim.sdk import opened_port

PAN, TILT, BOARD = 1, 2, 10
OK, TIMED_OUT, CORRUPT = 0, -3001, -3002
RANGE, LENGTH, LIMIT, ACCESS, CRC, INSTRUCTION = 4, 5, 6, 7, 3, 2
TORQUE, WATCHDOG, GOAL_CURRENT, ACCELERATION, VELOCITY, GOAL, PRESENT = 64, 98, 102, 108, 112, 116, 132
WAIT_S = 5.0


@dataclass
class Rig:
    """A body on a pty and the SDK opened on it."""

    body: Body
    serial: SerialPort
    port: Any
    sdk: Any

    def write(self, device: int, address: int, size: int, value: int) -> int:
        """The error byte that came back; -1 and below when nothing did."""
        data = list(value.to_bytes(size, "little", signed=value < 0))
        result, error = self.sdk.writeTxRx(self.port, device, address, size, data)
        return int(error) if result == OK else int(result)

    def read(self, device: int, address: int, size: int, *, signed: bool = False) -> int:
        data, result, error = self.sdk.readTxRx(self.port, device, address, size)
        assert (result, error & 0x7F) == (OK, 0)
        return int.from_bytes(bytes(data), "little", signed=signed)

    def until(self, condition: Callable[[], bool]) -> None:
        deadline_s = time.monotonic() + WAIT_S
        while not condition():
            assert time.monotonic() < deadline_s, "never happened"
            time.sleep(0.01)


@contextmanager
def bus_rig() -> Iterator[Rig]:
    """For as long as the block lasts; the bus's thread has ended well then."""
    body = Body()
    bus = SerialPort(body.handle)
    port = opened_port(bus.name)
    yield Rig(body, bus, port, PacketHandler(2.0))
    port.closePort()
    bus.close()
    assert bus.ended.result(0) is None
