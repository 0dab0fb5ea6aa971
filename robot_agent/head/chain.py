"""The answer to a fast sync read: one status frame to which each servo adds its block in turn.

    FF FF FD 00 | FE | length | 55 | error id data CRC | error id data CRC | ...

Every block ends with the CRC of all bytes before it, so what came of an interrupted answer can be used.
Source: ROBOTIS e-manual, "Fast Sync Read (0x8A)". Blocks are not stuffed; a device that stuffs is understood.
"""

from __future__ import annotations

from typing import Final

from robot_agent.head.crc import crc16
from robot_agent.head.frames import (
    BROADCAST_ID,
    CRC_BYTES,
    HEADER,
    PREFIX_BYTES,
    Instruction,
    RawFrame,
    StatusFrame,
    unstuff,
)

BLOCK_OVERHEAD_BYTES: Final = 4  # error, id, CRC


def chain_length(devices: int, size: int) -> int:
    """What the length field says when `devices` answer with `size` bytes each."""
    return 1 + devices * (BLOCK_OVERHEAD_BYTES + size)


def split_chain(raw: RawFrame, ids: tuple[int, ...], size: int) -> list[StatusFrame]:
    """The blocks of a complete answer, in the order asked for; empty when it answers something else."""
    body = raw.body
    expected = chain_length(len(ids), size) - CRC_BYTES
    if raw.id != BROADCAST_ID or body[0] != Instruction.STATUS:
        return []
    if len(body) != expected:
        body = unstuff(body)
    if len(body) != expected:
        return []
    blocks = _blocks(body[1:], ids, size)
    return blocks if len(blocks) == len(ids) else []


def salvage_chain(partial: bytes, ids: tuple[int, ...], size: int) -> list[StatusFrame]:
    """The blocks of an interrupted answer that are complete and whose own CRC is right."""
    start = PREFIX_BYTES + 1
    expected = chain_length(len(ids), size).to_bytes(2, "little")
    head = HEADER + bytes((BROADCAST_ID,)) + expected + bytes((Instruction.STATUS,))
    if not partial.startswith(head):
        return []
    step = BLOCK_OVERHEAD_BYTES + size
    good = start
    while good + step <= len(partial):
        end = good + step
        if crc16(partial[: end - CRC_BYTES]) != int.from_bytes(partial[end - CRC_BYTES : end], "little"):
            break
        good = end
    return _blocks(partial[start:good], ids, size)


def _blocks(data: bytes, ids: tuple[int, ...], size: int) -> list[StatusFrame]:
    frames: list[StatusFrame] = []
    step = BLOCK_OVERHEAD_BYTES + size
    for place, device in enumerate(ids):
        block = data[place * step : place * step + 2 + size]
        if len(block) < 2 + size or block[1] != device:
            break
        frames.append(StatusFrame(device, block[0] & 0x7F, bool(block[0] & 0x80), block[2:]))
    return frames
