"""VP8 for a live line: libvpx in realtime, one frame in, one frame out, the bitrate changed in place."""

from __future__ import annotations

import logging
import math
from functools import cache

from robot_agent.media.encoder import GOP_FRAMES, LEAST_FRAMES, MIN_CHANGE, STILL_FPS, VBV_S
from robot_agent.media.interfaces import I420, VIDEO_CLOCK_HZ, Codec, EncodedFrame
from robot_agent.media.libvpx import CBR, Control, LibvpxEncoder, VpxLibraryError, defaults, library

log = logging.getLogger(__name__)

CPU_USED = -6  # minus: a fixed speed; plus would be a share of the processor, and quality by the machine's mood
BUFFER_MS, BUFFER_FILLED_MS = 300, 200  # of the rate control, as time at the target
UNDERSHOOT_PERCENT, OVERSHOOT_PERCENT = 100, 15

# RFC 6386 section 14.1: the step of an index, in units of which H.264's are half as large (its transform keeps the
# norm, VP8's doubles it).
_STEPS = (
    *range(4, 59), *range(60, 117, 2), *range(119, 174, 3), *range(177, 230, 4), 234, 239, 245, 249, 254, 259, 264,
    269, 274, 279, 284,
)  # fmt: skip
_FINEST_STEP = 0.625  # of H.264 at qp 0; twice that every six
_MEAN_IS_LESS = 8.0  # x264 tells its mean so much finer at the same rate and signal-to-noise ratio, measured


@cache
def usable_codecs() -> tuple[Codec, ...]:
    """What can be encoded here; looked at once, with a line in the log when VP8 is missing. The first call blocks."""
    try:
        library()
    except VpxLibraryError as error:
        log.warning("browsers without H.264 get no picture: %s", error)
        return (Codec.H264,)
    return (Codec.H264, Codec.VP8)


def as_h264_quantiser(index: int) -> float:
    """The mean qp that x264 tells of a picture as good as one of VP8 with this index (0..127).

    The coarsest there is comes to 39: what the ladder takes for too coarse.
    """
    return max(0.0, 6.0 * math.log2(_STEPS[index] / 2 / _FINEST_STEP) - _MEAN_IS_LESS)


class Vp8Encoder:
    """One stream of one size, one thread, no frame in flight. Implements `VideoEncoder`; not safe from two threads."""

    def __init__(self, width: int, height: int, bitrate_bps: int, ceiling_bps: int, fps: float = 30.0) -> None:
        """Raises ValueError for a size that 4:2:0 cannot have; VpxLibraryError, VpxError."""
        if width < 2 or height < 2 or width % 2 or height % 2:
            raise ValueError(f"a picture has even sides, not {width}x{height}")
        self.width = width
        self.height = height
        self._ceiling_bps = ceiling_bps
        self._bitrate_bps = min(bitrate_bps, ceiling_bps)
        self._fps = fps
        self._last_pts = -1
        config = defaults(library())
        config.width, config.height, config.threads = width, height, 1
        config.timebase_num, config.timebase_den = 1, VIDEO_CLOCK_HZ
        config.end_usage, config.target_kbps = CBR, self._kbps
        config.undershoot_pct, config.overshoot_pct = UNDERSHOOT_PERCENT, OVERSHOOT_PERCENT
        config.buffer_ms = BUFFER_MS
        config.buffer_initial_ms = config.buffer_optimal_ms = BUFFER_FILLED_MS
        config.lag_in_frames, config.dropframe_thresh = 0, 0
        config.kf_max_dist = GOP_FRAMES
        self._codec = LibvpxEncoder(config, {Control.CPU_USED: CPU_USED, Control.STATIC_THRESHOLD: 1})
        self._limit_key_frames()

    @property
    def bitrate_bps(self) -> int:
        """The average that the encoder aims at now."""
        return self._bitrate_bps

    @property
    def _kbps(self) -> int:
        return max(1, self._bitrate_bps // 1000)

    def set_bitrate(self, bps: int) -> None:
        """Aim at another average from the next frame on, without a key frame."""
        bps = min(bps, self._ceiling_bps)
        if abs(bps - self._bitrate_bps) < MIN_CHANGE * self._bitrate_bps:
            return
        self._bitrate_bps = bps
        self._codec.reconfigure(target_kbps=self._kbps)
        self._limit_key_frames()

    def encode(self, picture: I420, pts_90k: int, force_key: bool = False) -> EncodedFrame:
        """One picture -> one frame. Raises ValueError for another size than the encoder's, VpxError."""
        if picture.shape != (self.height * 3 // 2, self.width):
            raise ValueError(f"this encoder takes {self.width}x{self.height}, not an array {picture.shape}")
        self._last_pts = max(pts_90k, self._last_pts + 1)
        made = self._codec.encode(picture, self._last_pts, int(VIDEO_CLOCK_HZ / self._fps), force_key)
        return EncodedFrame(made.data, pts_90k, made.key, as_h264_quantiser(made.index), codec=Codec.VP8)

    def _limit_key_frames(self) -> None:
        """As large as H.264's: VBV_S of the ceiling, told in percent of a frame's share of the rate."""
        percent = 100.0
        if self._fps > STILL_FPS:
            largest = self._ceiling_bps * max(VBV_S, LEAST_FRAMES / self._fps)
            percent *= largest * self._fps / self._bitrate_bps
        self._codec.set(Control.MAX_INTRA_PERCENT, int(percent))
