"""What the parts of the media path ask of each other; nothing here knows a device or a WebRTC library."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple, Protocol, TypeAlias

import numpy as np
import numpy.typing as npt

from protocol.state import PictureStep
from robot_agent.media.blocks import Block
from robot_agent.media.voice_packet import VoicePacket

I420: TypeAlias = npt.NDArray[np.uint8]
"""Shape (height * 3 / 2, width), uint8, contiguous: the luma rows, then both chroma planes at half size."""

VIDEO_CLOCK_HZ = 90_000  # RFC 6184 section 5.1


@dataclass(frozen=True, slots=True)
class VideoFrame:
    """One picture. `sequence` grows by one a frame, `arrived_s` is the monotonic time of its arrival here."""

    sequence: int
    arrived_s: float
    i420: I420

    @property
    def width(self) -> int:
        return int(self.i420.shape[1])

    @property
    def height(self) -> int:
        return int(self.i420.shape[0]) * 2 // 3


class Codec(StrEnum):
    """What a picture is encoded as, by its name in a session description."""

    H264 = "H264"
    VP8 = "VP8"


class Stream(NamedTuple):
    """What is encoded once for all viewers of it."""

    codec: Codec
    step: PictureStep


@dataclass(frozen=True, slots=True)
class EncodedFrame:
    """One picture: an access unit of H.264 in Annex B, or a frame of VP8. `pts_90k` counts 1/90000 s on the robot's
    monotonic clock.

    `qp` is the encoder's mean quantiser by H.264's measure, 0 (finest) to 51 and above that when even this was too
    much; None = unknown.
    """

    data: bytes
    pts_90k: int
    key: bool
    qp: float | None = None
    step: PictureStep = PictureStep.P720
    codec: Codec = Codec.H264

    @property
    def stream(self) -> Stream:
        return Stream(self.codec, self.step)


class FrameSource(Protocol):
    """Where pictures come from: the camera, or a test's painter. Opened once and closed once."""

    def open(self) -> None:
        """Start; returns at once. Trouble is reported by the source's own callback, never raised here."""

    def close(self) -> None:
        """Stop; bounded in time, leaves no thread. May be called twice."""

    def wait_newer(self, sequence: int, timeout_s: float) -> VideoFrame | None:
        """The newest picture as soon as there is one after `sequence` (-1: any); None at the time-out.

        Blocks the calling thread. A picture that waited too long to be live counts as none.
        """


class VideoEncoder(Protocol):
    """One stream of one size. Not safe from two threads."""

    @property
    def width(self) -> int: ...

    @property
    def height(self) -> int: ...

    def set_bitrate(self, bps: int) -> None:
        """Aim at another average from the next frame on, if it can without a key frame."""

    def encode(self, picture: I420, pts_90k: int, force_key: bool = False) -> EncodedFrame:
        """One picture -> one access unit. Raises ValueError for another size, av.FFmpegError when it fails."""


OpenEncoder: TypeAlias = Callable[[int, int, int, int, float], VideoEncoder]
"""(width, height, bitrate_bps, ceiling_bps, fps) -> an encoder; raises ValueError or av.FFmpegError."""


class VideoTap(Protocol):
    """One viewer of the encoded picture."""

    def use(self, codec: Codec) -> None:
        """What this viewer can decode, H.264 unless told. Call before the first `get`."""

    async def get(self) -> EncodedFrame:
        """The next frame to send; the first one is a key frame. Waits as long as the picture is closed."""

    def request_key_frame(self) -> None:
        """The viewer cannot decode: send a key frame soon (at most one a second is made)."""

    def set_bitrate(self, bps: int, strained: bool = False) -> None:
        """What this viewer's line carries of picture; of those on the same step the slowest viewer decides.

        `strained`: more is on the line than it carries, although `bps` is as low as it gets.
        """

    def close(self) -> None:
        """The viewer is gone. May be called twice."""


class MicrophoneTap(Protocol):
    """One listener to the room."""

    async def get(self) -> Block:
        """The next 10 ms; a listener that lags loses the oldest. Raises SoundClosedError after `close`."""

    def close(self) -> None:
        """The listener is gone. May be called twice."""


class VoiceSink(Protocol):
    """Where the far side's voice goes: bounded, never blocking."""

    def push(self, packet: VoicePacket) -> None:
        """A packet of the far side's voice as it came off the network: any order, perhaps twice."""
