"""What the parts of the media path ask of each other; nothing here knows a device or a WebRTC library."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol, TypeAlias

import numpy as np
import numpy.typing as npt

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


@dataclass(frozen=True, slots=True)
class EncodedFrame:
    """One H.264 access unit in Annex B. `pts_90k` counts 1/90000 s on the robot's monotonic clock."""

    data: bytes
    pts_90k: int
    key: bool


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


class VideoTap(Protocol):
    """One viewer of the encoded picture."""

    async def get(self) -> EncodedFrame:
        """The next frame to send; the first one is a key frame. Waits as long as the picture is closed."""

    def request_key_frame(self) -> None:
        """The viewer cannot decode: send a key frame soon (at most one a second is made)."""

    def set_bitrate(self, bps: int) -> None:
        """What this viewer's line carries; the slowest viewer decides for all."""

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
