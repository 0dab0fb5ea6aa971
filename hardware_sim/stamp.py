"""The time-stamp strip along the top edge of a picture: which frame, and when it was made.

68 square blocks from the top left corner, each 1/80 of the picture's width (16 px at 1280): black 0, white 1,
most significant bit first: 20 bits sequence, 40 bits wall clock in 100 us units, CRC-8 (polynomial 0x07,
initial value 0) over those 60 bits, left-padded to 8 bytes big endian. It survives coarse JPEG, H.264 and
scaling.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

SEQUENCE_BITS = 20
TIME_BITS = 40
CRC_BITS = 8
BITS = SEQUENCE_BITS + TIME_BITS + CRC_BITS
BLOCKS_PER_WIDTH = 80
MIN_BLOCK_PX = 3.0  # below that no sample lies clear of the neighbouring blocks
MIN_CONTRAST = 64.0  # between the darkest and the brightest block; a plain wall is no stamp

Picture = npt.NDArray[np.uint8]


@dataclass(frozen=True)
class Stamp:
    """`sequence` modulo 2**20, `time_100us` wall clock in units of 100 us modulo 2**40."""

    sequence: int
    time_100us: int


def crc8(data: bytes) -> int:
    """CRC-8 with polynomial 0x07 and initial value 0 (ITU-T I.432.1 without the final XOR)."""
    crc = 0
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = (crc << 1) ^ (0x107 if crc & 0x80 else 0)
    return crc


def encode(sequence: int, time_100us: int) -> int:
    """The strip's 68 bits as a number; both values are taken modulo their width."""
    payload = (sequence % (1 << SEQUENCE_BITS)) << TIME_BITS | time_100us % (1 << TIME_BITS)
    return payload << CRC_BITS | crc8(payload.to_bytes(8, "big"))


def decode(bits: int) -> Stamp | None:
    """The values in the strip's 68 bits, or None when the CRC does not match."""
    payload, crc = bits >> CRC_BITS, bits & 0xFF
    if crc8(payload.to_bytes(8, "big")) != crc:
        return None
    return Stamp(payload >> TIME_BITS, payload & ((1 << TIME_BITS) - 1))


def paint(frame: Picture, sequence: int, time_100us: int) -> None:
    """Paint the strip into a picture (h, w) or (h, w, 3) in place; ValueError when it is too narrow."""
    width = frame.shape[1]
    if width < BLOCKS_PER_WIDTH * MIN_BLOCK_PX:
        raise ValueError(f"a picture {width} px wide is too narrow for a stamp")
    bits = encode(sequence, time_100us)
    edges = np.rint(np.arange(BITS + 1) * (width / BLOCKS_PER_WIDTH)).astype(int)
    values = [255 if bits >> (BITS - 1 - index) & 1 else 0 for index in range(BITS)]
    row = np.repeat(np.array(values, np.uint8), np.diff(edges))
    frame[: edges[1], : edges[-1]] = row if frame.ndim == 2 else row[:, None]


def read(luma: npt.NDArray[Any]) -> Stamp | None:
    """The stamp in a luma picture (h, w) of any size, or None when there is none that can be trusted.

    Each bit is the mean of the middle half of its block against the middle between the darkest and the
    brightest block. A strip without a single white block (sequence and time both zero) cannot be told from
    black: None.
    """
    height, width = luma.shape[:2]
    block = width / BLOCKS_PER_WIDTH
    if luma.ndim != 2 or block < MIN_BLOCK_PX or height < block:
        return None
    lowest, highest = int(block * 0.25), max(int(block * 0.25) + 1, int(np.ceil(block * 0.75)))
    strip = luma[lowest:highest, : int(np.ceil(BITS * block))].mean(axis=0)
    starts = np.arange(BITS) * block + block * 0.25
    means = np.array([strip[int(s) : max(int(s) + 1, int(np.ceil(s + block * 0.5)))].mean() for s in starts])
    if means.max() - means.min() < MIN_CONTRAST:
        return None
    ones = means > (means.max() + means.min()) / 2
    return decode(int("".join("1" if one else "0" for one in ones), 2))
