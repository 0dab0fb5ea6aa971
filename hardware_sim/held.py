"""A picture that somebody holds before the camera, such as a QR code: `PUT /api/held`, `DELETE /api/held`."""

import asyncio
from http import HTTPStatus
from typing import Final

import cv2
import numpy as np
from aiohttp import web

from hardware_sim.camera import Picture, View
from hardware_sim.fault_api import answer, refused

SHARE: Final = 0.8  # of the picture's height: held as near as one holds a telephone before a lens
MOST_PX: Final = 2000  # a side; a small file may hold a huge picture
MOST_MB: Final = 8  # a photograph of that size
TYPES: Final = ("image/png", "image/jpeg")


class Held:
    """The view of a room with what is held before the camera, in the middle of it, whatever way the head looks."""

    def __init__(self, room: View) -> None:
        self._room = room
        self._picture: Picture | None = None

    def view(self, pan_deg: float, tilt_deg: float, t_s: float) -> Picture:
        """See `camera.View`."""
        return self._before(self._room.view(pan_deg, tilt_deg, t_s))

    def still(self, pan_deg: float, tilt_deg: float, t_s: float, width: int, height: int) -> Picture:
        """See `camera.View`."""
        return self._before(self._room.still(pan_deg, tilt_deg, t_s, width, height))

    def state(self) -> dict[str, object]:
        """What the page shows of it: width and height in pixels, None while nothing is held."""
        held = self._picture
        return {"held": None if held is None else [held.shape[1], held.shape[0]]}

    def routes(self) -> list[web.RouteDef]:
        """The address of this part."""
        return [web.put("/api/held", self._put), web.delete("/api/held", self._delete)]

    def _before(self, frame: Picture) -> Picture:
        held = self._picture
        if held is None:
            return frame
        height, width = frame.shape[:2]
        scale = min(SHARE * height / held.shape[0], SHARE * width / held.shape[1])
        size = max(1, round(held.shape[1] * scale)), max(1, round(held.shape[0] * scale))
        near = cv2.resize(held, size, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_NEAREST)
        left, top = (width - size[0]) // 2, (height - size[1]) // 2
        frame[top : top + size[1], left : left + size[0]] = near
        return frame

    async def _put(self, request: web.Request) -> web.Response:
        if request.content_type not in TYPES:
            raise refused(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, f"Send a picture with Content-Type: {' or '.join(TYPES)}.")
        data = await _body(request)
        picture = await asyncio.to_thread(_decoded, data) if data.size else None
        if picture is None or max(picture.shape[:2]) > MOST_PX:
            raise refused(HTTPStatus.BAD_REQUEST, f"This is no picture of at most {MOST_PX} pixels a side.")
        self._picture = picture
        return answer(self.state())

    async def _delete(self, _: web.Request) -> web.Response:
        self._picture = None
        return answer(self.state())


async def _body(request: web.Request) -> Picture:
    """What was sent; a photograph is larger than anything else that is sent here. Raises HTTPException."""
    data = bytearray()
    async for chunk in request.content.iter_any():
        data += chunk
        if len(data) > MOST_MB * 1024 * 1024:
            raise refused(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"A picture may have {MOST_MB} MB; send a smaller one.")
    return np.frombuffer(data, np.uint8)


def _decoded(data: Picture) -> Picture | None:
    """The picture in a file; None when it is none, or one that OpenCV finds too large to open."""
    try:
        picture = cv2.imdecode(data, cv2.IMREAD_COLOR)
    except cv2.error:
        return None
    return None if picture is None else np.asarray(picture, np.uint8)
