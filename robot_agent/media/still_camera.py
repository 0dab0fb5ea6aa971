"""One picture with all that the sensor has: by HTTP from a camera that gives such, or from the camera that is open."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import re
import threading
import urllib.error
import urllib.request
from collections.abc import Callable
from http.client import HTTPException
from typing import Final, Protocol

import cv2
import numpy as np

from protocol.stills import MAX_SIDE_PX, MAX_STILL_BYTES
from robot_agent.media.board import Picture

log = logging.getLogger(__name__)

FETCH_TIMEOUT_S: Final = 10.0  # a large sensor takes one or two for a still, a busy board computer behind it more
CAMERA_TIMEOUT_S: Final = 4.0  # the sensor changes its size, exposes anew, and changes back

_DIRECT = urllib.request.build_opener(urllib.request.ProxyHandler({}))  # a camera is a neighbour, never behind a proxy


class StillError(Exception):
    """No still could be taken; the text says what to look at."""


class StillSource(Protocol):
    """A camera that is open."""

    def take_still(self, timeout_s: float) -> Picture | None:
        """A picture (h, w, 3) BGR, as large as the camera gives; None when none came in time. Blocks."""


class StillCamera:
    """`url` gives one JPEG for one GET; empty takes the still from `camera()`, None while that is closed."""

    def __init__(self, url: str, camera: Callable[[], StillSource | None]) -> None:
        self._url = url
        self._camera = camera

    async def grab(self) -> Picture:
        """A new picture (h, w, 3) BGR. Raises StillError.

        In a thread of its own, which nobody waits for when the robot stops: a camera that hangs must not hold it.
        """
        loop = asyncio.get_running_loop()
        got: asyncio.Future[Picture] = loop.create_future()

        def tell(picture: Picture | None, error: StillError | None) -> None:
            if got.done():
                return  # nobody waits any more
            if picture is None:
                got.set_exception(error or StillError("the camera gives no picture now"))
            else:
                got.set_result(picture)

        threading.Thread(target=self._grab, args=(loop, tell), name="still-grab", daemon=True).start()
        return await got

    def _grab(self, loop: asyncio.AbstractEventLoop, tell: Callable[[Picture | None, StillError | None], None]) -> None:
        picture, failure = None, None
        try:
            picture = self._fetch() if self._url else self._from_camera()
        except StillError as error:
            failure = error
        except Exception as error:  # in a thread of its own it would leave the asker waiting
            log.exception("a still could not be taken")
            failure = StillError(f"no still could be taken ({type(error).__name__}); the robot's log says why")
        with contextlib.suppress(RuntimeError):  # the event loop is gone, and with it whoever asked
            loop.call_soon_threadsafe(tell, picture, failure)

    def _from_camera(self) -> Picture:
        camera = self._camera()
        picture = None if camera is None else camera.take_still(CAMERA_TIMEOUT_S)
        if picture is None:
            raise StillError("the camera gives no picture now; check that it is plugged in")
        return picture

    def _fetch(self) -> Picture:
        shown = re.sub(r"(://)[^/@]*@", r"\1", self._url)  # an address may hold a password
        try:
            with _DIRECT.open(self._url, timeout=FETCH_TIMEOUT_S) as answer:
                data = answer.read(MAX_STILL_BYTES + 1)
        except (OSError, HTTPException, ValueError) as error:
            raise StillError(f"camera.still_source {shown} does not answer ({error}); check the address") from error
        if len(data) > MAX_STILL_BYTES:
            raise StillError(
                f"camera.still_source {shown} sends more than {MAX_STILL_BYTES} bytes; it is to be one JPEG"
            )
        try:
            picture = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR) if data else None
        except cv2.error:
            picture = None
        if picture is None or max(picture.shape[:2]) > MAX_SIDE_PX:
            raise StillError(f"camera.still_source {shown} sends no picture that can be used; it is to be one JPEG")
        return np.asarray(picture, np.uint8)
