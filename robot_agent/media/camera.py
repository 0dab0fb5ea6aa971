"""The camera: OpenCV in a thread of its own, newest picture only.

A slow reader of an MJPEG stream falls seconds behind, so the grab thread takes every picture as it comes and keeps
one. A camera that freezes or goes away is reported in words and opened again for as long as the owner keeps it.
"""

from __future__ import annotations

import logging
import os
import re
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np

from robot_agent.media.background import give_way
from robot_agent.media.board import Picture
from robot_agent.media.camera_size import Size, probe
from robot_agent.media.interfaces import I420, VideoFrame

log = logging.getLogger(__name__)

LARGEST_PX = 10_000  # a driver gives the nearest that it has: its largest
SETTLE_FRAMES = 4  # a sensor whose size was changed begins dark, and out of balance
OPEN_TIMEOUT_MS = 1500  # a camera on the local network or bus answers well within that
READ_TIMEOUT_MS = 1000  # thirty pictures late is frozen, and closing waits for it at worst
CLOSE_TIMEOUT_S = 3.0  # both time-outs above, one after the other, and some
FRAME_AGE_S = 0.5  # a picture older than that is history, not a view
BACK_OFF_S = (0.25, 0.5, 1.0, 2.0)  # between attempts to open; a plugged-in camera is seen within 2 s
HEALTHY_FRAMES = 5  # so many pictures in a row and the next fault starts the back-off over
# OpenCV's own default, and no pictures read to guess a frame rate that nobody asks for: 30 ms to open, not 150.
NETWORK_OPTIONS = "rtsp_transport;tcp|fpsprobesize;0"
FALLBACK_FPS = 30.0  # where a file does not say

StatusCallback = Callable[[str | None], None]


@dataclass(frozen=True)
class CameraSettings:
    """`source` is a device index, a file or a URL. Size and rate are wishes: a device may refuse every one."""

    source: int | str = 0
    width: int = 1280
    height: int = 720
    fps: float = 30.0


class Camera:
    """A camera that is opened once and closed once; implements `FrameSource`.

    `on_status` gets None when pictures come and one sentence when they do not; it is called from the grab thread.
    """

    def __init__(self, settings: CameraSettings, on_status: StatusCallback = lambda words: None) -> None:
        self._settings = settings
        self._on_status = on_status
        self._stop = threading.Event()
        self._changed = threading.Condition()
        self._frame: VideoFrame | None = None
        self._said: str | None = ""
        self._still_wanted = False
        self._still: Picture | None = None
        self._shown = re.sub(r"(://)[^/@]*@", r"\1", str(settings.source))  # an address may hold a password
        self._thread = threading.Thread(target=self._run, name="camera-grab", daemon=True)

    def open(self) -> None:
        """Start the grab thread; the device itself opens there. Raises RuntimeError the second time."""
        self._thread.start()

    def close(self) -> None:
        """Close the device and end the thread; at worst after CLOSE_TIMEOUT_S. Raises TimeoutError beyond."""
        self._stop.set()
        with self._changed:
            self._changed.notify_all()
        if self._thread.ident is None:
            return
        self._thread.join(CLOSE_TIMEOUT_S)
        if self._thread.is_alive():
            raise TimeoutError(f"camera {self._shown} does not close; unplug it or restart the robot")

    def read_latest(self, max_age_s: float = FRAME_AGE_S) -> VideoFrame | None:
        """The newest picture, or None when there is none of that age."""
        frame = self._frame
        fresh = frame is not None and time.monotonic() - frame.arrived_s <= max_age_s
        return frame if fresh else None

    def wait_newer(self, sequence: int, timeout_s: float) -> VideoFrame | None:
        """See `FrameSource.wait_newer`."""
        with self._changed:
            self._changed.wait_for(lambda: self._stop.is_set() or self._has_newer(sequence), timeout_s)
            if self._stop.is_set() or not self._has_newer(sequence):
                return None
        return self.read_latest()

    def take_still(self, timeout_s: float) -> Picture | None:
        """See `StillSource.take_still`. A device gives its largest size, and the moving picture waits meanwhile."""
        if not _is_device(self._settings.source):
            frame = self.read_latest()
            return None if frame is None else np.asarray(cv2.cvtColor(frame.i420, cv2.COLOR_YUV2BGR_I420), np.uint8)
        with self._changed:
            self._still, self._still_wanted = None, True
            self._changed.wait_for(lambda: self._stop.is_set() or not self._still_wanted, timeout_s)
            still, self._still, self._still_wanted = self._still, None, False
        return still

    def _has_newer(self, sequence: int) -> bool:
        return self._frame is not None and self._frame.sequence > sequence

    def _run(self) -> None:
        give_way()
        failures = 0
        while not self._stop.is_set():
            capture = _open_capture(self._settings)
            try:
                grabbed = self._grab(capture) if capture.isOpened() else 0
            except (cv2.error, ValueError):  # a picture of a kind that we cannot use
                log.exception("camera %s sends what is no picture", self._shown)
                grabbed = 0
            finally:
                capture.release()
            if self._stop.is_set():
                return
            failures = 0 if grabbed >= HEALTHY_FRAMES else failures + 1
            words = f"camera {self._shown} " + (
                "stopped sending pictures; check its cable" if grabbed else "does not open; check that it is there"
            )
            self._report(words)
            self._stop.wait(BACK_OFF_S[min(failures, len(BACK_OFF_S) - 1)])

    def _grab(self, capture: cv2.VideoCapture) -> int:
        """Pictures until the end, a fault or the stop; how many there were."""
        is_file = _is_file(self._settings.source)
        interval_s = 1.0 / (capture.get(cv2.CAP_PROP_FPS) or FALLBACK_FPS) if is_file else 0.0
        grabbed, due_s = 0, time.monotonic()
        while not self._stop.is_set():
            if self._still_wanted:
                self._shoot(capture)
            ok, bgr = capture.read()
            if not ok and is_file and grabbed and capture.set(cv2.CAP_PROP_POS_FRAMES, 0):
                ok, bgr = capture.read()
            if not ok:
                break
            self._publish(bgr)
            grabbed += 1
            if grabbed == 1:
                self._report(None)
            if is_file:
                due_s = max(due_s + interval_s, time.monotonic() - interval_s)
                self._stop.wait(max(0.0, due_s - time.monotonic()))
        return grabbed

    def _shoot(self, capture: cv2.VideoCapture) -> None:
        """One picture as large as the device gives; then it is as it was. About a second."""
        before, largest = _size_of(capture), None
        try:
            _set_size(capture, LARGEST_PX, LARGEST_PX)
            for _ in range(SETTLE_FRAMES):
                ok, bgr = capture.read()
                largest = np.asarray(bgr, np.uint8) if ok else largest
        finally:
            _set_size(capture, *before)
            with self._changed:
                self._still, self._still_wanted = largest, False
                self._changed.notify_all()

    def _publish(self, bgr: object) -> None:
        arrived_s = time.monotonic()
        picture = to_i420(np.asarray(bgr, np.uint8))
        sequence = 0 if self._frame is None else self._frame.sequence + 1
        with self._changed:
            self._frame = VideoFrame(sequence, arrived_s, picture)
            self._changed.notify_all()

    def _report(self, words: str | None) -> None:
        if words == self._said:
            return  # still so; a camera that is missing for an hour is told once
        self._said = words
        log.log(logging.WARNING if words else logging.INFO, "%s", words or "camera sends pictures")
        self._on_status(words)


def to_i420(bgr: I420) -> I420:
    """A picture (h, w, 3) BGR -> I420; odd rows and columns are cut. 0.3 ms at 720p, swscale takes 1.1."""
    height, width = bgr.shape[0] & ~1, bgr.shape[1] & ~1
    return np.asarray(cv2.cvtColor(bgr[:height, :width], cv2.COLOR_BGR2YUV_I420), np.uint8)


def _is_file(source: int | str) -> bool:
    return isinstance(source, str) and "://" not in source and not source.startswith("/dev/")


def _is_device(source: int | str) -> bool:
    return isinstance(source, int) or source.startswith("/dev/")


def _set_size(capture: cv2.VideoCapture, width: int, height: int) -> Size:
    """Asks for a size and tells what the driver made of it."""
    capture.set(cv2.CAP_PROP_FRAME_WIDTH, width)
    capture.set(cv2.CAP_PROP_FRAME_HEIGHT, height)
    return _size_of(capture)


def _size_of(capture: cv2.VideoCapture) -> Size:
    return int(capture.get(cv2.CAP_PROP_FRAME_WIDTH)), int(capture.get(cv2.CAP_PROP_FRAME_HEIGHT))


def _open_capture(settings: CameraSettings) -> cv2.VideoCapture:
    """Every wish is optional: a stand-in or a cheap camera refuses most of them."""
    if _is_device(settings.source):
        os.environ.setdefault("OPENCV_VIDEOIO_V4L_SELECT_TIMEOUT", "1")  # seconds; V4L2 knows no property for it
        capture = cv2.VideoCapture(settings.source, cv2.CAP_V4L2)  # a path is no film for FFmpeg to try
        # MJPEG first: uncompressed 720p does not fit through USB 2 at 30 pictures a second.
        capture.set(cv2.CAP_PROP_FOURCC, cv2.VideoWriter.fourcc(*"MJPG"))
        wanted = (settings.width, settings.height)
        given = probe(lambda size: _set_size(capture, *size), wanted) if capture.isOpened() else wanted
        if given != wanted:
            log.info("camera gives %d×%d pixels, asked for %d×%d", *given, *wanted)
        capture.set(cv2.CAP_PROP_FPS, settings.fps)
        capture.set(cv2.CAP_PROP_BUFFERSIZE, 1)
        return capture
    os.environ.setdefault("OPENCV_FFMPEG_CAPTURE_OPTIONS", NETWORK_OPTIONS)  # OpenCV knows no property for these
    wishes = [cv2.CAP_PROP_OPEN_TIMEOUT_MSEC, OPEN_TIMEOUT_MS, cv2.CAP_PROP_READ_TIMEOUT_MSEC, READ_TIMEOUT_MS]
    capture = cv2.VideoCapture(settings.source, cv2.CAP_FFMPEG, [*wishes, cv2.CAP_PROP_N_THREADS, 1])
    return capture if capture.isOpened() or "://" in str(settings.source) else cv2.VideoCapture(settings.source)
