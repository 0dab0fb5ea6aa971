"""H.264 for a live line: libx264, one frame in, one access unit out, the bitrate changed in place."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import av
from av.video.frame import PictureType

from robot_agent.media.interfaces import I420, VIDEO_CLOCK_HZ, EncodedFrame

TIME_BASE = Fraction(1, VIDEO_CLOCK_HZ)
GOP_FRAMES = 100_000  # key frames come on request only; x264 wants a number
# The largest frame, as time at the ceiling: three frames. With less than two x264 sends a third of what it may;
# with more a thin line is held up longer by one frame.
VBV_S = 0.1
LEAST_FRAMES = 3  # the same for a stream that is slower than 30 a second; a single still may be as large as it gets
STILL_FPS = 2.0
FF_QP2LAMBDA = 118  # avutil.h: what AV_PKT_DATA_QUALITY_STATS counts in
MIN_CHANGE = 0.02  # a change of the bitrate below that is not worth a reconfiguration


class H264Encoder:
    """One stream of one size: constrained baseline, superfast, zerolatency, one thread, no frame in flight.

    `set_bitrate` moves the rate anywhere up to `ceiling_bps` without a key frame. Not safe from two threads.
    """

    def __init__(self, width: int, height: int, bitrate_bps: int, ceiling_bps: int, fps: float = 30.0) -> None:
        """Raises ValueError for a size that 4:2:0 cannot have; av.FFmpegError when libx264 does not open."""
        if width < 2 or height < 2 or width % 2 or height % 2:
            raise ValueError(f"a picture has even sides, not {width}x{height}")
        self.width = width
        self.height = height
        self._bitrate_bps = min(bitrate_bps, ceiling_bps)
        self._ceiling_bps = ceiling_bps
        self._codec = _open(width, height, ceiling_bps, fps)
        self._codec.bit_rate = self._bitrate_bps

    @property
    def bitrate_bps(self) -> int:
        """The average that the encoder aims at now."""
        return self._bitrate_bps

    def set_bitrate(self, bps: int) -> None:
        """Aim at another average from the next frame on (libx264 reads `bit_rate` before every frame)."""
        bps = min(bps, self._ceiling_bps)
        if abs(bps - self._bitrate_bps) < MIN_CHANGE * self._bitrate_bps:
            return
        self._bitrate_bps = bps
        self._codec.bit_rate = bps

    def encode(self, picture: I420, pts_90k: int, force_key: bool = False) -> EncodedFrame:
        """One picture -> one access unit. Raises ValueError for another size than the encoder's."""
        if picture.shape != (self.height * 3 // 2, self.width):
            raise ValueError(f"this encoder takes {self.width}x{self.height}, not an array {picture.shape}")
        frame = av.VideoFrame.from_numpy_buffer(picture, format="yuv420p")
        frame.pts = pts_90k
        frame.time_base = TIME_BASE
        frame.pict_type = PictureType.I if force_key else PictureType.NONE
        packets = self._codec.encode(frame)
        return EncodedFrame(
            data=b"".join(bytes(packet) for packet in packets),
            pts_90k=pts_90k,
            key=any(packet.is_keyframe for packet in packets),
            qp=quantiser(packets),
        )


def quantiser(packets: Sequence[av.Packet[Any]]) -> float | None:
    """The mean quantiser of a frame, from the side data that libavcodec's encoders add; None when they do not."""
    for packet in packets:
        if packet.has_sidedata("quality_stats"):
            stats = bytes(packet.get_sidedata("quality_stats"))
            return int.from_bytes(stats[:4], "little", signed=True) / FF_QP2LAMBDA
    return None


def _open(width: int, height: int, ceiling_bps: int, fps: float) -> av.VideoCodecContext:
    # Opened with the average equal to the maximum, x264 stays in constant-rate mode: its buffer model then
    # follows every later `bit_rate`, but never above the one that it was opened with.
    codec = av.CodecContext.create("libx264", "w")
    assert isinstance(codec, av.VideoCodecContext)
    codec.width = width
    codec.height = height
    codec.pix_fmt = "yuv420p"
    codec.bit_rate = ceiling_bps
    codec.framerate = Fraction(fps).limit_denominator(1001)
    codec.time_base = TIME_BASE
    codec.gop_size = GOP_FRAMES
    codec.thread_count = 1
    codec.options = {
        "preset": "superfast",
        "tune": "zerolatency",
        "level": "31",
        "maxrate": str(ceiling_bps),
        "bufsize": str(int(ceiling_bps * (max(VBV_S, LEAST_FRAMES / fps) if fps > STILL_FPS else 1.0 / fps))),
        "forced-idr": "1",
        "sc_threshold": "0",  # a turned head is no reason for a key frame
    }
    codec.profile = "Baseline"  # x264's is the constrained one; libavcodec's other name would give High
    codec.open()
    return codec
