"""One picture with all that the sensor has: by HTTP from a camera that gives such, or from the camera that is open."""

from __future__ import annotations

import asyncio
import re
import urllib.error
import urllib.request
from collections.abc import Callable
from http.client import HTTPException
from typing import Final, Protocol

import cv2
import numpy as np

from protocol.stills import MAX_SIDE_PX, MAX_STILL_BYTES
from robot_agent.media.board import Picture

FETCH_TIMEOUT_S: Final = 4.0  # between two answers of a camera; a large sensor takes one or two for a still
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
        """A new picture (h, w, 3) BGR, in a worker thread. Raises StillError."""
        return await asyncio.to_thread(self._fetch if self._url else self._from_camera)

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
