"""The camera: does it give pictures, how large, how many, and of something that can be seen?"""

from __future__ import annotations

import time
from typing import Final

import numpy as np

from robot_agent.doctor.finding import Check, Finding, in_thread, note, ok, wrong
from robot_agent.media.camera import Camera, CameraSettings
from robot_agent.media.interfaces import VideoFrame

FIRST_PICTURE_S: Final = 6.0  # a USB camera wakes up in one or two seconds
SAID_SO_S: Final = 1.0  # after the camera has been found missing or dumb, for a second try
MEASURED_S: Final = 1.5
POLL_S: Final = 0.1
LIMIT_S: Final = FIRST_PICTURE_S + MEASURED_S + 4.0  # and as long as a camera may take to close
FEWEST_FPS: Final = 20.0  # EN 301 549, 6.5.3: the least that is called moving
DARK: Final = 24  # mean luma of 16 (black) to 235: a lens cap, or a room without light


class CameraCheck:
    """One look at the camera of the settings."""

    def __init__(self, settings: CameraSettings) -> None:
        self._settings = settings
        self._words: str | None = None
        self._said_s = 0.0

    def checks(self) -> list[Check]:
        """The one check."""
        return [Check("camera", LIMIT_S, self._look)]

    async def _look(self) -> Finding:
        return await in_thread(self._watch)

    def _said(self, words: str | None) -> None:
        self._words, self._said_s = words, time.monotonic()

    def _watch(self) -> Finding:
        camera = Camera(self._settings, self._said)
        camera.open()
        try:
            first = self._first(camera)
            if first is None:
                return wrong("camera_silent", detail=self._words or "")
            last, count, began_s = first, 0, time.monotonic()
            while (left_s := began_s + MEASURED_S - time.monotonic()) > 0:
                frame = camera.wait_newer(last.sequence, left_s)
                if frame is not None:
                    count += frame.sequence - last.sequence
                    last = frame
            return self._judge(last, count / MEASURED_S)
        finally:
            camera.close()

    def _first(self, camera: Camera) -> VideoFrame | None:
        give_up_s = time.monotonic() + FIRST_PICTURE_S
        while time.monotonic() < give_up_s:
            frame = camera.wait_newer(-1, POLL_S)
            if frame is not None:
                return frame
            if self._words and time.monotonic() - self._said_s > SAID_SO_S:
                return None
        return None

    def _judge(self, picture: VideoFrame, fps: float) -> Finding:
        width, height, wanted = picture.width, picture.height, self._settings
        if fps < min(FEWEST_FPS, wanted.fps * 0.8):
            return wrong("camera_slow", fps=round(fps, 1), width=width, height=height)
        if float(np.mean(picture.i420[: picture.height])) < DARK:
            return note("camera_dark")
        if (width, height) != (wanted.width, wanted.height):
            return note("camera_size", detail=f"asked for {wanted.width}x{wanted.height}", width=width, height=height)
        return ok("camera_ok", fps=round(fps), width=width, height=height)
