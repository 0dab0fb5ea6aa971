"""The asyncio master of the servo bus: one exchange at a time over one open port, used once.

When the port is lost every call raises PortLostError; opening again makes a new Bus.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final

from robot_agent.head.errors import ExchangeError, NoReplyError, PortLostError, StatusError, ValueRangeError
from robot_agent.head.frames import BROADCAST_ID, Instruction, InstructionFrame, StatusFrame
from robot_agent.head.port import SerialPort, open_device
from robot_agent.head.registers import Block, Register
from robot_agent.head.transaction import PING_SIZE, Link, Outcome, Request, ping_request

EXCHANGE_LIMIT_S: Final = 0.05  # with the retries; a device that has not answered by then is away
ATTEMPTS: Final = 2  # one damaged frame is no event


@dataclass(frozen=True, slots=True)
class DeviceInfo:
    """What a ping tells."""

    id: int
    model: int
    firmware: int


@dataclass(frozen=True, slots=True)
class BatchResult:
    """The answers to a sync read, by id; what failed is apart and costs the others nothing."""

    data: dict[int, bytes] = field(default_factory=dict)
    failed: dict[int, ExchangeError] = field(default_factory=dict)


@lru_cache(maxsize=32)
def batch_request(instruction: Instruction, block: Block, ids: tuple[int, ...]) -> Request:
    """The request to read `block` of `ids` at once; the same one in every tick."""
    place = block.address.to_bytes(2, "little") + block.size.to_bytes(2, "little")
    frame = InstructionFrame(BROADCAST_ID, instruction, place + bytes(ids))
    return Request(frame, ids, block.size, chained=instruction is Instruction.FAST_SYNC_READ)


class Bus:
    """The line. `unicast` talks to single devices; the methods here to several at once."""

    def __init__(self, port: str, baud: int, latency_s: float) -> None:
        """Opens the port. Raises PortBusyError, PortUnavailableError. Needs a running event loop."""
        self.link = Link(baud, latency_s)
        self._lock = asyncio.Lock()
        self._loop = asyncio.get_running_loop()
        self._waiter: asyncio.Future[None] | None = None
        self._lost: PortLostError | None = None
        self._port = SerialPort(open_device(port, baud), self._received, self._gone)
        self.unicast = Unicast(self, self._at_once)

    @property
    def lost(self) -> bool:
        """The port went away."""
        return self._lost is not None

    def close(self) -> None:
        """Give the port back."""
        self._port.close()
        if self._lost is None:
            self._gone(PortLostError(self._port.name, "closed"))

    async def exchange(self, request: Request, *, attempts: int = ATTEMPTS, give_up_at: float | None = None) -> Outcome:
        """Send `request` and wait for its answers, at the latest until `give_up_at` (monotonic)."""
        async with self._lock:
            now = time.monotonic()
            limit = now + EXCHANGE_LIMIT_S if give_up_at is None else give_up_at
            self._check()
            self._send(self.link.begin(request, now, attempts, limit))
            try:
                while (outcome := self.link.outcome) is None:
                    await self._wait(self.link.wake_at)
                    self._send(self.link.poll(time.monotonic()))
                return outcome
            finally:
                self.link.abandon(time.monotonic())

    def make_way(self) -> None:
        """Somebody is in a hurry: an exchange that is under way ends with the try that it is at."""
        if self._lock.locked():
            self.link.hasten(time.monotonic())
            self._wake()

    async def sync_write(self, register: Register, values: Mapping[int, float]) -> None:
        """Write `register` of several devices in one frame. Nobody answers, so nothing tells of a failure."""
        params = register.address.to_bytes(2, "little") + register.size.to_bytes(2, "little")
        for device, value in values.items():
            params += bytes((device,)) + register.encode(value)
        frame = InstructionFrame(BROADCAST_ID, Instruction.SYNC_WRITE, params)
        async with self._lock:
            self._check()
            self._port.send(frame.to_bytes())
            self._check()

    async def sync_read(self, block: Block, ids: Iterable[int], give_up_at: float | None = None) -> BatchResult:
        """Read `block` of several devices, one status frame each."""
        return await self._batch(Instruction.SYNC_READ, block, tuple(ids), give_up_at)

    async def fast_sync_read(self, block: Block, ids: Iterable[int], give_up_at: float | None = None) -> BatchResult:
        """Read `block` of several devices, all in one status frame."""
        return await self._batch(Instruction.FAST_SYNC_READ, block, tuple(ids), give_up_at)

    async def _batch(
        self, instruction: Instruction, block: Block, ids: tuple[int, ...], give_up_at: float | None
    ) -> BatchResult:
        request = batch_request(instruction, block, ids)
        outcome = await self.exchange(request, attempts=1, give_up_at=give_up_at)
        result = BatchResult()
        for device in ids:
            reply = outcome.replies.get(device)
            if reply is None:
                result.failed[device] = NoReplyError(device, block.name)
            elif reply.error:
                result.failed[device] = StatusError(device, block.name, reply.error)
            else:
                result.data[device] = reply.params
        return result

    async def _at_once(self) -> float:
        return time.monotonic() + EXCHANGE_LIMIT_S

    def _check(self) -> None:
        if self._lost is not None:
            raise PortLostError(self._lost.port, self._lost.reason) from self._lost

    def _send(self, data: bytes | None) -> None:
        if data is not None:
            self._port.send(data)

    def _received(self, data: bytes) -> None:
        self._send(self.link.receive(data, time.monotonic()))
        if self.link.outcome is not None:
            self._wake()

    def _gone(self, error: PortLostError) -> None:
        self._lost = error
        self._wake()

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    async def _wait(self, until: float) -> None:
        """Sleep until `until`, an outcome or the loss of the port."""
        self._check()
        self._waiter = self._loop.create_future()
        timer = self._loop.call_at(until, self._wake)
        try:
            await self._waiter
        finally:
            timer.cancel()
            self._waiter = None
        self._check()


class Unicast:
    """Exchanges with single devices. `slot` waits until the bus may be used and says until when."""

    def __init__(
        self, bus: Bus, slot: Callable[[], Awaitable[float]], *, slots: int = 1, attempts: int = ATTEMPTS
    ) -> None:
        """`slots` times `attempts` tries before a device counts as silent."""
        self._bus = bus
        self._slot = slot
        self._slots = slots
        self._attempts = attempts

    async def ping(self, device: int) -> DeviceInfo:
        """Who is there. Raises NoReplyError, StatusError."""
        status = await self._ask(ping_request(device), device, "ping", None)
        model = int.from_bytes(status.params[:2], "little")
        return DeviceInfo(device, model, status.params[2])

    async def read(self, device: int, register: Register) -> float:
        """The value of `register`, in its unit."""
        return register.decode(await self._read(device, register.address, register.size, register.name))

    async def read_block(self, device: int, block: Block) -> bytes:
        """The bytes of `block`."""
        return await self._read(device, block.address, block.size, block.name)

    async def write(self, device: int, register: Register, value: float) -> None:
        """Write `value` and wait for the device's answer."""
        data = register.encode(value)
        await self._write(device, register.address, data, register.name, value)

    async def write_many(self, device: int, values: Mapping[Register, float]) -> None:
        """Write neighbouring registers (in order of address, without a gap) in one frame."""
        registers = list(values)
        data = b"".join(register.encode(value) for register, value in values.items())
        if registers[-1].address + registers[-1].size - registers[0].address != len(data):
            raise ValueRangeError("the gap after " + registers[0].name, registers[0].address)
        await self._write(device, registers[0].address, data, registers[0].name, None)

    async def reboot(self, device: int) -> None:
        """Start the device anew; it is away for some tenths of a second."""
        request = Request(InstructionFrame(device, Instruction.REBOOT), (device,), 0)
        await self._ask(request, device, "reboot", None)

    async def _read(self, device: int, address: int, size: int, name: str) -> bytes:
        # One more byte where the answer would look like a ping's: the link tells answers apart by length.
        length = size + 1 if size == PING_SIZE else size
        params = address.to_bytes(2, "little") + length.to_bytes(2, "little")
        request = Request(InstructionFrame(device, Instruction.READ, params), (device,), length)
        return (await self._ask(request, device, name, None)).params[:size]

    async def _write(self, device: int, address: int, data: bytes, name: str, value: float | None) -> None:
        params = address.to_bytes(2, "little") + data
        request = Request(InstructionFrame(device, Instruction.WRITE, params), (device,), 0)
        await self._ask(request, device, name, value)

    async def _ask(self, request: Request, device: int, name: str, value: float | None) -> StatusFrame:
        for _ in range(self._slots):
            until = await self._slot()
            outcome = await self._bus.exchange(request, attempts=self._attempts, give_up_at=until)
            reply = outcome.replies.get(device)
            if reply is None:
                continue
            if reply.error:
                raise StatusError(device, name, reply.error, value)
            return reply
        raise NoReplyError(device, name, value)
