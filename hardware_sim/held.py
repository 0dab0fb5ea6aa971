"""A picture that somebody holds before the camera, such as a QR code: `PUT /api/held`, `DELETE /api/held`."""

from http import HTTPStatus
from typing import Final

import cv2
import numpy as np
from aiohttp import web

from hardware_sim.camera import Picture, View
from hardware_sim.fault_api import answer, refused

SHARE: Final = 0.8  # of the picture's height: held as near as one holds a telephone before a lens
MOST_PX: Final = 2000  # a side; a small file may hold a huge picture
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
        frame = frame.copy()
        frame[top : top + size[1], left : left + size[0]] = near
        return frame

    async def _put(self, request: web.Request) -> web.Response:
        if request.content_type not in TYPES:
            raise refused(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, f"Send a picture with Content-Type: {' or '.join(TYPES)}.")
        data = np.frombuffer(await request.read(), np.uint8)
        picture = cv2.imdecode(data, cv2.IMREAD_COLOR) if data.size else None
        if picture is None or max(picture.shape[:2]) > MOST_PX:
            raise refused(HTTPStatus.BAD_REQUEST, f"This is no picture of at most {MOST_PX} pixels a side.")
        self._picture = np.asarray(picture, np.uint8)
        return answer({"held": [picture.shape[1], picture.shape[0]]})

    async def _delete(self, _: web.Request) -> web.Response:
        self._picture = None
        return answer({"held": None})
