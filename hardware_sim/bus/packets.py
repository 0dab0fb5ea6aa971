"""Dynamixel Protocol 2.0 packets as frozen dataclasses: framing, byte stuffing and CRC-16, the device's way round.

Source: ROBOTIS e-manual, "DYNAMIXEL Protocol 2.0" and "CRC calculation".
"""

from dataclasses import dataclass
from enum import IntEnum

HEADER = b"\xff\xff\xfd\x00"
STUFFED = b"\xff\xff\xfd"
BROADCAST_ID = 0xFE
MAX_ID = 252
MIN_LENGTH = 3  # instruction and CRC
MAX_LENGTH = 1024  # beyond any packet that fits the devices on this bus; a larger one is noise
BYTE_GAP_S = 0.05  # a packet whose bytes stop for so long was cut off; what follows is a new one
_PREFIX = 7  # header, id, length


class Inst(IntEnum):
    """Instruction numbers."""

    PING = 0x01
    READ = 0x02
    WRITE = 0x03
    REG_WRITE = 0x04
    ACTION = 0x05
    FACTORY_RESET = 0x06
    REBOOT = 0x08
    CLEAR = 0x10
    STATUS = 0x55
    SYNC_READ = 0x82
    SYNC_WRITE = 0x83
    FAST_SYNC_READ = 0x8A
    BULK_READ = 0x92
    BULK_WRITE = 0x93


class Err(IntEnum):
    """Error numbers of a status packet (bits 0-6)."""

    NONE = 0
    RESULT_FAIL = 1
    INSTRUCTION = 2
    CRC = 3
    DATA_RANGE = 4
    DATA_LENGTH = 5
    DATA_LIMIT = 6
    ACCESS = 7


ALERT = 0x80  # bit 7: see Hardware Error Status


@dataclass(frozen=True, slots=True)
class Instruction:
    """A packet from the host whose CRC was right. `code` may be a number that no device knows."""

    id: int
    code: int
    params: bytes = b""


@dataclass(frozen=True, slots=True)
class Damaged:
    """A complete packet from the host whose CRC was wrong."""

    id: int


@dataclass(frozen=True, slots=True)
class Status:
    """A device's answer. `error` holds the error number and the alert bit."""

    id: int
    error: int = 0
    params: bytes = b""

    def to_bytes(self) -> bytes:
        """Stuffed and with CRC, ready for the wire."""
        return frame(self.id, bytes((Inst.STATUS, self.error)) + self.params)


def _crc_table() -> tuple[int, ...]:
    table = []
    for value in range(256):
        crc = value << 8
        for _ in range(8):
            crc = (crc << 1) ^ 0x8005 if crc & 0x8000 else crc << 1
        table.append(crc & 0xFFFF)
    return tuple(table)


_TABLE = _crc_table()


def crc16(data: bytes | bytearray) -> int:
    """CRC-16 with polynomial 0x8005, start 0, not reflected."""
    crc = 0
    for byte in data:
        crc = ((crc << 8) & 0xFFFF) ^ _TABLE[(crc >> 8) ^ byte]
    return crc


def stuff(payload: bytes) -> bytes:
    """Adds FD after each FF FF FD, so that no header appears inside a packet."""
    return payload.replace(STUFFED, STUFFED + b"\xfd")


def unstuff(payload: bytes) -> bytes:
    """Takes the FD after each FF FF FD away again."""
    return payload.replace(STUFFED + b"\xfd", STUFFED)


def frame(device_id: int, payload: bytes) -> bytes:
    """A whole packet around `payload` (instruction and parameters, not yet stuffed)."""
    body = stuff(payload)
    packet = HEADER + bytes((device_id,)) + (len(body) + 2).to_bytes(2, "little") + body
    return packet + crc16(packet).to_bytes(2, "little")


class Parser:
    """Bytes from the host in, packets out. Any bytes at all are survived; memory is bounded by one packet."""

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._last_s = float("-inf")

    def feed(self, data: bytes, now_s: float) -> list[Instruction | Damaged]:
        """The packets that `data`, which arrived at `now_s`, completes."""
        if now_s - self._last_s > BYTE_GAP_S:
            self._buffer.clear()
        self._last_s = now_s
        self._buffer += data
        packets: list[Instruction | Damaged] = []
        while (packet := self._next()) is not None:
            packets.append(packet)
        return packets

    def _next(self) -> Instruction | Damaged | None:
        buffer = self._buffer
        while self._find_header():
            length = int.from_bytes(buffer[5:7], "little")
            if buffer[4] > BROADCAST_ID or buffer[4] == 0xFD or not MIN_LENGTH <= length <= MAX_LENGTH:
                del buffer[0]
                continue
            end = _PREFIX + length
            if len(buffer) < end:
                return None
            device_id = buffer[4]
            if crc16(buffer[: end - 2]) != int.from_bytes(buffer[end - 2 : end], "little"):
                del buffer[0]  # look for a good packet inside the damaged one
                return Damaged(device_id)
            payload = unstuff(bytes(buffer[_PREFIX : end - 2]))
            del buffer[:end]
            return Instruction(device_id, payload[0], payload[1:])
        return None

    def _find_header(self) -> bool:
        """Drops what cannot belong to a packet. True when a header and a length stand at the start."""
        buffer = self._buffer
        start = buffer.find(HEADER)
        if start < 0:
            tail = next((n for n in (3, 2, 1) if buffer[-n:] == HEADER[:n]), 0)
            del buffer[: len(buffer) - tail]
            return False
        del buffer[:start]
        return len(buffer) >= _PREFIX
