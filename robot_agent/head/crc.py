"""The one CRC of the servo bus: CRC-16 with polynomial 0x8005 (ROBOTIS e-manual, "CRC Calculation")."""

from __future__ import annotations

from typing import Final

_POLYNOMIAL: Final = 0x8005


def _entry(byte: int) -> int:
    crc = byte << 8
    for _ in range(8):
        crc = (crc << 1) ^ (_POLYNOMIAL if crc & 0x8000 else 0)
    return crc & 0xFFFF


_TABLE: Final = tuple(_entry(byte) for byte in range(256))


def crc16(data: bytes, crc: int = 0) -> int:
    """CRC of `data`, most significant bit first, start value 0; `crc` goes on from an earlier part."""
    for byte in data:
        crc = ((crc & 0xFF) << 8) ^ _TABLE[(crc >> 8) ^ byte]
    return crc
