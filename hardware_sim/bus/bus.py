"""Who on the bus answers which packet: unicast, broadcast, sync and bulk instructions over servos and head board."""

from collections.abc import Callable
from dataclasses import dataclass

from hardware_sim.bus.headboard import HeadBoard
from hardware_sim.bus.packets import (
    BROADCAST_ID,
    HEADER,
    MAX_LENGTH,
    Damaged,
    Err,
    Inst,
    Instruction,
    Status,
    crc16,
)
from hardware_sim.bus.servo import RegisterRefusedError, Servo
from hardware_sim.bus.table import FIRMWARE, MODEL_NUMBER

RETURN_DELAY_UNIT_S = 2e-6
BOARD_DELAY_S = 0.2e-3  # a loop of the board's firmware


@dataclass(frozen=True, slots=True)
class Reply:
    """Bytes that a device puts on the wire, `delay_s` after the wire fell silent."""

    data: bytes
    delay_s: float


class Bus:
    """The devices on one wire. Not safe from two threads; see `Body`."""

    def __init__(self, servos: tuple[Servo, ...], board: HeadBoard) -> None:
        self.servos = servos
        self.board = board

    def handle(self, packet: Instruction | Damaged, now_s: float) -> list[Reply]:
        """What the devices answer, in the order on the wire."""
        if isinstance(packet, Damaged):
            servo = self._servo(packet.id, now_s)
            return [_reply(servo, Status(servo.id, Err.CRC | servo.alert))] if servo else []
        if packet.code == Inst.STATUS:
            return []
        for servo in self.servos:
            if servo.connected:
                servo.heard(now_s)
        if packet.id == BROADCAST_ID:
            return self._broadcast(packet, now_s)
        if packet.id == self.board.id:
            if not self.board.connected:
                return []
            status = self.board.execute(packet, now_s)
            return [Reply(status.to_bytes(), BOARD_DELAY_S)] if status else []
        servo = self._servo(packet.id, now_s)
        return _unicast(servo, packet, now_s) if servo else []

    def _servo(self, device_id: int, now_s: float) -> Servo | None:
        return next((s for s in self.servos if s.id == device_id and s.awake(now_s)), None)

    def _broadcast(self, packet: Instruction, now_s: float) -> list[Reply]:
        match packet.code:
            case Inst.SYNC_READ:
                return self._sync_read(packet.params, now_s)
            case Inst.FAST_SYNC_READ:
                return self._fast_sync_read(packet.params, now_s)
            case Inst.BULK_READ:
                return self._bulk_read(packet.params, now_s)
            case Inst.SYNC_WRITE:
                self._sync_write(packet.params, now_s)
            case Inst.BULK_WRITE:
                self._bulk_write(packet.params, now_s)
            case Inst.PING:
                awake = sorted((s for s in self.servos if s.awake(now_s)), key=lambda s: s.id)
                return [reply for servo in awake for reply in _unicast(servo, packet, now_s)]
            case Inst.FACTORY_RESET if packet.params[:1] == b"\xff":
                pass  # refused by firmware 42 and up: all servos would end with one id
            case _:
                for servo in self.servos:
                    if servo.awake(now_s):
                        _unicast(servo, packet, now_s)
        return []

    def _sync_read(self, params: bytes, now_s: float) -> list[Reply]:
        address, size, ids = _word(params, 0), _word(params, 2), params[4:]
        return self._chain([(device_id, address, size) for device_id in ids], now_s)

    def _bulk_read(self, params: bytes, now_s: float) -> list[Reply]:
        items = [params[i : i + 5] for i in range(0, len(params) - 4, 5)]
        return self._chain([(item[0], _word(item, 1), _word(item, 3)) for item in items], now_s)

    def _chain(self, wanted: list[tuple[int, int, int]], now_s: float) -> list[Reply]:
        """Each servo waits for the one before it in the list: behind a missing one, all stay silent."""
        replies: dict[int, Reply] = {}
        for device_id, address, size in wanted:
            servo = self._servo(device_id, now_s)
            if servo is None or device_id in replies or servo.memory.get("status_return_level") < 1:
                break
            replies[device_id] = _reply(servo, _read(servo, address, size, now_s))
        return list(replies.values())

    def _fast_sync_read(self, params: bytes, now_s: float) -> list[Reply]:
        """One status packet to which every servo adds error, id, data and the CRC so far (never stuffed)."""
        address, size, ids = _word(params, 0), _word(params, 2), params[4:]
        length = 1 + len(ids) * (size + 4)
        if length > MAX_LENGTH:
            return []
        packet = HEADER + bytes((BROADCAST_ID,)) + length.to_bytes(2, "little") + bytes((Inst.STATUS,))
        first = None
        for device_id in ids:
            servo = self._servo(device_id, now_s)
            if servo is None or servo.memory.get("status_return_level") < 1:
                break
            first = first or servo
            status = _read(servo, address, size, now_s)
            packet += bytes((status.error, servo.id)) + status.params.ljust(size, b"\0")
            packet += crc16(packet).to_bytes(2, "little")
        return [Reply(packet, _delay_s(first))] if first else []

    def _sync_write(self, params: bytes, now_s: float) -> None:
        address, size, data = _word(params, 0), _word(params, 2), params[4:]
        for start in range(0, len(data) - size, size + 1):
            self._quiet_write(data[start], address, data[start + 1 : start + 1 + size], now_s)

    def _bulk_write(self, params: bytes, now_s: float) -> None:
        while len(params) > 5:
            size = _word(params, 3)
            data, rest = params[5 : 5 + size], params[5 + size :]
            if len(data) == size:
                self._quiet_write(params[0], _word(params, 1), data, now_s)
            params = rest

    def _quiet_write(self, device_id: int, address: int, data: bytes, now_s: float) -> None:
        servo = self._servo(device_id, now_s)
        if servo:
            _attempt(servo, lambda: servo.write(address, data, now_s))


def _unicast(servo: Servo, packet: Instruction, now_s: float) -> list[Reply]:
    level = servo.memory.get("status_return_level")  # the level before the packet decides
    status = _execute(servo, packet, now_s)
    answered = packet.code == Inst.PING or level == 2 or (level == 1 and packet.code == Inst.READ)
    return [_reply(servo, status)] if answered else []


def _execute(servo: Servo, packet: Instruction, now_s: float) -> Status:
    params = packet.params
    match packet.code:
        case Inst.PING:
            model = MODEL_NUMBER.to_bytes(2, "little")
            return Status(servo.id, servo.alert, model + bytes((FIRMWARE,)))
        case Inst.READ if len(params) == 4:
            return _read(servo, _word(params, 0), _word(params, 2), now_s)
        case Inst.WRITE if len(params) > 2:
            return _attempt(servo, lambda: servo.write(_word(params, 0), params[2:], now_s))
        case Inst.REG_WRITE if len(params) > 2:
            return _attempt(servo, lambda: servo.register_write(_word(params, 0), params[2:]))
        case Inst.ACTION:
            return _attempt(servo, lambda: servo.action(now_s))
        case Inst.REBOOT:
            status = Status(servo.id, servo.alert)
            servo.reboot(now_s)
            return status
        case Inst.FACTORY_RESET if len(params) == 1:
            return _attempt(servo, lambda: servo.factory_reset(params[0], now_s))
        case Inst.READ | Inst.WRITE | Inst.REG_WRITE | Inst.FACTORY_RESET:
            return Status(servo.id, Err.DATA_LENGTH | servo.alert)
        case _:
            return Status(servo.id, Err.INSTRUCTION | servo.alert)


def _attempt(servo: Servo, action: Callable[[], None]) -> Status:
    device_id = servo.id  # a write may change it; the answer still comes from the old one
    try:
        action()
    except RegisterRefusedError as refused:
        return Status(device_id, refused.error | servo.alert)
    return Status(device_id, servo.alert)


def _read(servo: Servo, address: int, size: int, now_s: float) -> Status:
    try:
        data = servo.read(address, size, now_s)
    except RegisterRefusedError as refused:
        return Status(servo.id, refused.error | servo.alert)
    return Status(servo.id, servo.alert, data)


def _reply(servo: Servo, status: Status) -> Reply:
    return Reply(status.to_bytes(), _delay_s(servo))


def _delay_s(servo: Servo) -> float:
    return servo.memory.get("return_delay_time") * RETURN_DELAY_UNIT_S


def _word(data: bytes, at: int) -> int:
    return int.from_bytes(data[at : at + 2], "little")
