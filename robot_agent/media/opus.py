"""Opus (RFC 6716) in 10 ms frames, with libopus through PyAV."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Literal

import av
import numpy as np

from robot_agent.media.blocks import BLOCK, RATE_HZ, Block

TIME_BASE = Fraction(1, RATE_HZ)
_FRAME_MS = (10, 20, 40, 60)


@dataclass(frozen=True)
class OpusSettings:
    """How to encode.

    `lowdelay` looks 2.5 ms ahead and has no forward error correction (CELT); `voip` looks 6.5 ms ahead and
    can carry each frame again, coarser, in the next (SILK): `loss_percent` above 0 makes that pay.
    """

    application: Literal["lowdelay", "voip"] = "lowdelay"
    bitrate_bps: int = 32_000
    frame_ms: int = 10
    fec: bool = False
    loss_percent: int = 0

    def __post_init__(self) -> None:
        if self.frame_ms not in _FRAME_MS:
            raise ValueError(f"frame_ms is one of {_FRAME_MS}, not {self.frame_ms}")
        if not 6_000 <= self.bitrate_bps <= 256_000:
            raise ValueError(f"bitrate_bps is between 6000 and 256000, not {self.bitrate_bps}")
        if not 0 <= self.loss_percent <= 100:
            raise ValueError(f"loss_percent is between 0 and 100, not {self.loss_percent}")
        if self.fec and self.application == "lowdelay":
            raise ValueError("lowdelay has no forward error correction; choose voip")


@dataclass(frozen=True)
class OpusPacket:
    """One encoded frame; `pts` is its first sample and `samples` its length, both at 48 kHz."""

    data: bytes
    pts: int
    samples: int

    def to_av(self) -> av.Packet[Any]:
        """The same for PyAV."""
        packet = av.Packet(self.data)
        packet.pts = packet.dts = self.pts
        packet.duration = self.samples
        packet.time_base = TIME_BASE
        return packet


class OpusEncoder:
    """One stream, mono. A change of settings is a new encoder, which costs under a millisecond."""

    def __init__(self, settings: OpusSettings | None = None, first_pts: int = 0) -> None:
        """`first_pts` lets a new encoder go on where another ended."""
        self.settings = settings or OpusSettings()
        self._codec = _open_encoder(self.settings)
        self._pts_in = first_pts
        self._pts_out = first_pts
        self._waiting: list[Block] = []

    @property
    def next_pts(self) -> int:
        """Where the next block will stand."""
        return self._pts_in

    def encode(self, block: Block) -> OpusPacket | None:
        """10 ms in; a packet out, or None while a longer frame fills. Raises ValueError for a wrong shape."""
        if block.shape != (BLOCK,):
            raise ValueError(f"a block has shape ({BLOCK},), not {block.shape}")
        self._waiting.append(block)
        self._pts_in += BLOCK
        if len(self._waiting) * 10 < self.settings.frame_ms:
            return None
        samples = np.concatenate(self._waiting)
        self._waiting.clear()
        return self._encode_frame(samples)

    def _encode_frame(self, samples: Block) -> OpusPacket | None:
        frame = av.AudioFrame.from_ndarray(samples.reshape(1, -1), format="s16", layout="mono")
        frame.sample_rate = RATE_HZ
        frame.pts = self._pts_out
        frame.time_base = TIME_BASE
        data = b"".join(bytes(packet) for packet in self._codec.encode(frame))
        pts, self._pts_out = self._pts_out, self._pts_out + samples.size
        return OpusPacket(data, pts, samples.size) if data else None


class OpusDecoder:
    """One stream, mono: packets of any length in, blocks of 10 ms out."""

    def __init__(self) -> None:
        codec = av.CodecContext.create("libopus", "r")
        assert isinstance(codec, av.AudioCodecContext)
        codec.sample_rate = RATE_HZ
        codec.layout = "mono"
        self._codec = codec

    def decode(self, data: bytes) -> list[Block]:
        """The blocks of one packet. Raises ValueError where it is not Opus."""
        if not data:
            raise ValueError("an empty packet is not Opus")
        try:
            return list(self._blocks(data))
        except av.FFmpegError as error:
            raise ValueError(f"not an Opus packet: {error}") from error

    def _blocks(self, data: bytes) -> Iterator[Block]:
        for frame in self._codec.decode(av.Packet(data)):
            if frame.format.name != "s16" or frame.samples % BLOCK:
                raise ValueError(f"cannot use {frame.samples} samples of {frame.format.name}")
            yield from np.frombuffer(bytes(frame.planes[0]), np.int16)[: frame.samples].reshape(-1, BLOCK)


def _open_encoder(settings: OpusSettings) -> av.AudioCodecContext:
    codec = av.CodecContext.create("libopus", "w")
    assert isinstance(codec, av.AudioCodecContext)
    codec.sample_rate = RATE_HZ
    codec.layout = "mono"
    codec.format = "s16"
    codec.bit_rate = settings.bitrate_bps
    codec.time_base = TIME_BASE
    codec.options = {
        "application": settings.application,
        "frame_duration": str(settings.frame_ms),
        "vbr": "constrained",
        "fec": "1" if settings.fec else "0",
        "packet_loss": str(settings.loss_percent),
    }
    codec.open()
    return codec
