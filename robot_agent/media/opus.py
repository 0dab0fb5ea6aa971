"""Opus (RFC 6716) out of blocks of 10 ms, and back."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Literal

import av
import numpy as np

from robot_agent.media.blocks import BLOCK, RATE_HZ, Block
from robot_agent.media.libopus_encoder import RESTRICTED_LOWDELAY, VOIP, LibopusEncoder, Request

TIME_BASE = Fraction(1, RATE_HZ)
_FRAME_MS = (10, 20, 40, 60)
COMPLEXITY = 10  # the most: 60 us for 10 ms of lowdelay, 130 of voip, on a common core


@dataclass(frozen=True)
class OpusSettings:
    """How to encode.

    `lowdelay` looks 2.5 ms ahead and has no forward error correction (CELT); `voip` looks 6.5 ms ahead and
    can carry each frame again, coarser, in the next (SILK): `loss_percent` above 0 makes that pay.
    `dtx` sends next to nothing while nobody speaks, and the far side goes on with noise of the same colour, 2-3 dB
    weaker (measured); in `lowdelay` the room would fall silent instead, so it is refused there.
    """

    application: Literal["lowdelay", "voip"] = "lowdelay"
    bitrate_bps: int = 32_000
    frame_ms: int = 10
    fec: bool = False
    loss_percent: int = 0
    dtx: bool = False

    def __post_init__(self) -> None:
        if self.frame_ms not in _FRAME_MS:
            raise ValueError(f"frame_ms is one of {_FRAME_MS}, not {self.frame_ms}")
        if not 6_000 <= self.bitrate_bps <= 256_000:
            raise ValueError(f"bitrate_bps is between 6000 and 256000, not {self.bitrate_bps}")
        if not 0 <= self.loss_percent <= 100:
            raise ValueError(f"loss_percent is between 0 and 100, not {self.loss_percent}")
        if self.fec and self.application == "lowdelay":
            raise ValueError("lowdelay has no forward error correction; choose voip")
        if self.dtx and self.application == "lowdelay":
            raise ValueError("lowdelay cuts the room's noise off with dtx; choose voip")


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
    """One stream, mono, with one set of settings; `opus_room` shares it, `opus_stream` changes it on the way.

    libopus by ctypes: PyAV's encoder cannot begin in the middle of a stream (see `before`).
    """

    def __init__(self, settings: OpusSettings | None = None, first_pts: int = 0, before: Sequence[Block] = ()) -> None:
        """`first_pts` lets a new encoder go on where another ended, `before` (the sound until then) without a click.

        Of `before` a whole number of frames is used, two or more are needed; 120 ms cost 1 to 3 ms. Raises
        OpusLibraryError.
        """
        self.settings = settings or OpusSettings()
        self._codec = LibopusEncoder(*_setup(self.settings))
        self._pts_in = first_pts
        self._pts_out = first_pts
        self._waiting: list[Block] = []
        self._alone = False
        self._warm_up(before)

    @property
    def between_frames(self) -> bool:
        """Is no block waiting for its frame to fill?"""
        return not self._waiting

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
        pts, self._pts_out = self._pts_out, self._pts_out + samples.size
        packet = OpusPacket(self._codec.encode(samples), pts, samples.size)
        self._stand_alone(False)
        return packet

    def stand_alone(self) -> None:
        """The next packet relies on none before it, for a decoder that has heard nothing of this encoder."""
        self._stand_alone(True)

    def _warm_up(self, before: Sequence[Block]) -> None:
        blocks = self.settings.frame_ms // 10
        used = len(before) // blocks * blocks
        self._pts_in -= used * BLOCK
        self._pts_out -= used * BLOCK
        for block in before[len(before) - used :]:
            self.encode(block)
        self._stand_alone(used > 0)

    def _stand_alone(self, alone: bool) -> None:
        """The next packet tells everything anew: the decoder does not know what this encoder has heard."""
        if alone != self._alone:
            self._alone = alone
            self._codec.set(Request.PREDICTION_DISABLED, int(alone))


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


def _setup(settings: OpusSettings) -> tuple[int, dict[Request, int]]:
    application = VOIP if settings.application == "voip" else RESTRICTED_LOWDELAY
    return application, {
        Request.BITRATE: settings.bitrate_bps,
        Request.INBAND_FEC: int(settings.fec),
        Request.PACKET_LOSS_PERC: settings.loss_percent,
        Request.DTX: int(settings.dtx),
        Request.COMPLEXITY: COMPLEXITY,
    }
