"""H.264 by hardware, where the setting asks for it and it proves itself; libx264 otherwise, with a line that says why.

Whatever a driver promises, it is tried first: a few pictures in, each of them out at once, a key frame when asked for
one that an independent decoder can read. Without that the picture would stand still: worse than a warm processor.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import TypeAlias

import av
import numpy as np
from av.video.frame import PictureType

from robot_agent.media.encoder import GOP_FRAMES, STILL_FPS, TIME_BASE, H264Encoder, quantiser
from robot_agent.media.interfaces import I420, EncodedFrame, VideoEncoder

log = logging.getLogger(__name__)

SOFTWARE, AUTO = "software", "auto"
REOPEN_CHANGE = 0.15  # an encoder that cannot change its rate in place is opened again for no less
REOPEN_EVERY_S = 2.0  # upward, for each time costs a key frame; downward at once
PROBE_SIZE = (640, 360)
PROBE_BPS = 800_000
PROBE_FRAMES = 4
SPS, PPS, IDR = 7, 8, 5  # nal_unit_type, ITU-T H.264 table 7-1


@dataclass(frozen=True, slots=True)
class Driver:
    """One of libavcodec's hardware encoders: options for a live line, and whether it reads `bit_rate` as it goes."""

    options: Mapping[str, str]
    in_place: bool


DRIVERS: Mapping[str, Driver] = {
    "h264_v4l2m2m": Driver({}, in_place=False),
    "h264_nvenc": Driver(
        {"preset": "p1", "tune": "ull", "rc": "cbr", "delay": "0", "forced-idr": "1", "profile": "baseline"},
        in_place=True,
    ),
    "h264_qsv": Driver(
        {"preset": "veryfast", "async_depth": "1", "forced_idr": "1", "profile": "baseline"}, in_place=True
    ),
    "h264_amf": Driver({"usage": "ultralowlatency", "rc": "cbr", "profile": "constrained_baseline"}, in_place=False),
}


class HardwareError(Exception):
    """A hardware encoder that is of no use here; the text says in which way."""


OpenHardware: TypeAlias = Callable[[str, int, int, int, int, float], VideoEncoder]
"""(driver, width, height, bitrate_bps, ceiling_bps, fps) -> an encoder; raises av.FFmpegError, ValueError."""


class HardwareEncoder:
    """One stream by one of DRIVERS. Implements `VideoEncoder`; not safe from two threads."""

    def __init__(self, driver: str, width: int, height: int, bitrate_bps: int, ceiling_bps: int, fps: float) -> None:
        """Raises av.FFmpegError where the hardware or its driver is missing."""
        self.width = width
        self.height = height
        self._driver = driver
        self._bitrate_bps = min(bitrate_bps, ceiling_bps)
        self._ceiling_bps = ceiling_bps
        self._fps = fps
        self._format, self._codec = self._open()
        self._opened_bps, self._opened_s = self._bitrate_bps, time.monotonic()

    def set_bitrate(self, bps: int) -> None:
        """See `VideoEncoder.set_bitrate`; without a way in place the stream begins anew, with a key frame."""
        self._bitrate_bps = bps = min(bps, self._ceiling_bps)
        if DRIVERS[self._driver].in_place:
            self._codec.bit_rate = bps
            return
        change = bps / self._opened_bps - 1.0
        waited = time.monotonic() - self._opened_s >= REOPEN_EVERY_S
        if change < -REOPEN_CHANGE or (change > REOPEN_CHANGE and waited):
            self._format, self._codec = self._open()
            self._opened_bps, self._opened_s = bps, time.monotonic()

    def encode(self, picture: I420, pts_90k: int, force_key: bool = False) -> EncodedFrame:
        """See `VideoEncoder.encode`. Raises HardwareError when the picture does not come out at once."""
        if picture.shape != (self.height * 3 // 2, self.width):
            raise ValueError(f"this encoder takes {self.width}x{self.height}, not an array {picture.shape}")
        packed = picture if self._format == "yuv420p" else to_nv12(picture)
        frame = av.VideoFrame.from_ndarray(packed, format=self._format)
        frame.pts = pts_90k
        frame.time_base = TIME_BASE
        frame.pict_type = PictureType.I if force_key else PictureType.NONE
        packets = self._codec.encode(frame)
        data = b"".join(bytes(packet) for packet in packets)
        if not data:
            raise HardwareError(f"{self._driver} holds pictures back")
        key = IDR in nal_types(data)
        if key and SPS not in nal_types(data):
            data = bytes(self._codec.extradata or b"") + data  # a viewer that joins needs the parameter sets
        return EncodedFrame(data, pts_90k, key, quantiser(packets))

    def _open(self) -> tuple[str, av.VideoCodecContext]:
        errors: list[Exception] = []
        for form in ("yuv420p", "nv12"):
            codec = av.CodecContext.create(self._driver, "w")
            assert isinstance(codec, av.VideoCodecContext)
            codec.width, codec.height, codec.pix_fmt = self.width, self.height, form
            codec.bit_rate = self._bitrate_bps
            codec.framerate = Fraction(self._fps).limit_denominator(1001)
            codec.time_base = TIME_BASE
            codec.gop_size = GOP_FRAMES
            codec.max_b_frames = 0
            codec.options = dict(DRIVERS[self._driver].options)
            try:
                codec.open()
            except (av.FFmpegError, ValueError) as error:
                errors.append(error)
            else:
                return form, codec
        raise errors[0]


def to_nv12(picture: I420) -> I420:
    """The same picture with its chroma samples in pairs, as most hardware wants it."""
    rows, width = picture.shape
    height = rows * 2 // 3
    packed = np.empty_like(picture)
    packed[:height] = picture[:height]
    chroma = picture[height:].reshape(2, height // 2, width // 2)
    packed[height:].reshape(height // 2, width // 2, 2)[:] = np.moveaxis(chroma, 0, -1)
    return packed


def nal_types(data: bytes) -> set[int]:
    """The kinds of NAL units in an access unit (ITU-T H.264 annex B)."""
    return {unit[0] & 0x1F for unit in data.split(b"\x00\x00\x01")[1:] if unit}


def prove(encoder: VideoEncoder) -> None:
    """A few pictures. Raises HardwareError when the output is of no use, av.FFmpegError when there is none."""
    width, height = PROBE_SIZE
    decoder = av.CodecContext.create("h264", "r")
    assert isinstance(decoder, av.VideoCodecContext)
    decoder.thread_count = 1
    decoder.flags |= av.codec.context.Flags.low_delay
    for number in range(PROBE_FRAMES):
        asked = number in (0, PROBE_FRAMES - 1)
        made = encoder.encode(np.full((height * 3 // 2, width), 60 + number, np.uint8), number * 3000, asked)
        kinds = nal_types(made.data)
        if asked and not {SPS, PPS, IDR} <= kinds:
            raise HardwareError("makes no whole key frame when it is asked for one")
        packet = av.Packet(made.data)
        packet.pts, packet.time_base = made.pts_90k, TIME_BASE
        if [(picture.width, picture.height) for picture in decoder.decode(packet)] != [PROBE_SIZE]:
            raise HardwareError("makes pictures that a decoder cannot show at once")


class EncoderChoice:
    """Opens encoders: hardware where the setting asks for it and it proved itself, libx264 otherwise.

    `probe` blocks, for a second where there is hardware. Until then, and after a failure, libx264 it is.
    """

    def __init__(self, wanted: str, open_hardware: OpenHardware = HardwareEncoder) -> None:
        """`wanted`: "software", "auto" or one of DRIVERS."""
        self._wanted = wanted
        self._open_hardware = open_hardware
        self._driver: str | None = None

    @property
    def driver(self) -> str:
        """What encodes now."""
        return self._driver or "libx264"

    def probe(self) -> None:
        """Look for what the setting asks for, and say in one line what it came to."""
        if self._wanted == SOFTWARE:
            return
        refused = []
        for driver in DRIVERS if self._wanted == AUTO else (self._wanted,):
            try:
                prove(self._open_hardware(driver, *PROBE_SIZE, PROBE_BPS, PROBE_BPS, 30.0))
            except (av.FFmpegError, ValueError, HardwareError) as error:
                refused.append(f"{driver}: {error}")
                continue
            self._driver = driver
            log.info("the picture is encoded by %s", driver)
            return
        log.warning(
            "video.encoder = %r: no such hardware works here, libx264 encodes (%s)", self._wanted, "; ".join(refused)
        )

    def open(self, width: int, height: int, bitrate_bps: int, ceiling_bps: int, fps: float) -> VideoEncoder:
        """See `OpenEncoder`. Stills are not worth the hardware, and no driver keeps their size as libx264 does."""
        if self._driver is None or fps <= STILL_FPS:
            return H264Encoder(width, height, bitrate_bps, ceiling_bps, fps)
        return _Guarded(self, self._driver, width, height, bitrate_bps, ceiling_bps, fps)

    def hardware(self, driver: str, width: int, height: int, bitrate: int, ceiling: int, fps: float) -> VideoEncoder:
        """One that may fail: see `OpenHardware`."""
        return self._open_hardware(driver, width, height, bitrate, ceiling, fps)

    def failed(self, driver: str, error: Exception) -> None:
        """It worked at the start and does not any more."""
        if self._driver == driver:
            self._driver = None
            log.warning("%s failed, libx264 encodes from now on: %s", driver, error)


class _Guarded:
    """A hardware encoder with libx264 in its place from the first failure on; no picture is lost by it."""

    def __init__(
        self,
        choice: EncoderChoice,
        driver: str,
        width: int,
        height: int,
        bitrate_bps: int,
        ceiling_bps: int,
        fps: float,
    ) -> None:
        self.width = width
        self.height = height
        self._choice = choice
        self._driver = driver
        self._bitrate_bps = bitrate_bps
        self._ceiling_bps = ceiling_bps
        self._fps = fps
        self._encoder: VideoEncoder
        try:
            self._encoder = choice.hardware(driver, width, height, bitrate_bps, ceiling_bps, fps)
        except (av.FFmpegError, ValueError) as error:
            self._give_up(error)

    def set_bitrate(self, bps: int) -> None:
        self._bitrate_bps = bps
        try:
            self._encoder.set_bitrate(bps)
        except (av.FFmpegError, ValueError) as error:
            self._give_up(error)

    def encode(self, picture: I420, pts_90k: int, force_key: bool = False) -> EncodedFrame:
        try:
            return self._encoder.encode(picture, pts_90k, force_key)
        except (av.FFmpegError, HardwareError) as error:
            self._give_up(error)
        return self._encoder.encode(picture, pts_90k, force_key)

    def _give_up(self, error: Exception) -> None:
        self._choice.failed(self._driver, error)
        self._encoder = H264Encoder(self.width, self.height, self._bitrate_bps, self._ceiling_bps, self._fps)
