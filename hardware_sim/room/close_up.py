"""What a still picture shows of the board: its writing in full, where nobody stands in front of it.

The panorama is as fine as the moving picture needs. A still has three times as many pixels across, so the board is
laid into it once more from a texture of its own; whatever covers the board in the panorama covers it here too.
"""

import math
from typing import Any, Final

import cv2
import numpy as np
import numpy.typing as npt

from hardware_sim.room import textures
from hardware_sim.room.layout import BOARD, FRONT_Z
from hardware_sim.room.light import lit
from hardware_sim.room.panorama import Lens, Painter, Picture, Point
from hardware_sim.room.sprites import toned

TEXELS_PER_PX: Final = 1.1  # as fine as the still at the board's middle, and a little finer
SEEN_WITHIN_DEG: Final = (
    75.0  # of the board's middle from the camera's axis; beyond, no part of it can be in the picture
)
EDGE_TOLERANCE: Final = 2  # grey levels by which a pixel of the panorama may differ and still be the board itself

LEFT, TOP, RIGHT, BOTTOM = BOARD
CORNER: Final[Point] = (LEFT, TOP, FRONT_Z)
ALONG: Final[Point] = (RIGHT - LEFT, 0.0, 0.0)
DOWN: Final[Point] = (0.0, BOTTOM - TOP, 0.0)
MIDDLE: Final[Point] = ((LEFT + RIGHT) / 2, (TOP + BOTTOM) / 2, FRONT_Z)


class CloseUp:
    """The board of one room. Make it when the walls are painted and nothing stands before them."""

    def __init__(self, painter: Painter) -> None:
        corner, along, down = np.array(CORNER), np.array(ALONG), np.array(DOWN)
        self._box = painter.boxes(corner, along, down)[0]
        first, last, top, bottom = self._box
        self._bare = painter.panorama[top:bottom, first:last].copy()

    def visible(self, panorama: Picture, tone: Picture | None) -> Picture:
        """255 where the panorama shows the bare board in this light, 0 everywhere else; of the panorama's size."""
        first, last, top, bottom = self._box
        limit = (EDGE_TOLERANCE,) * 3
        seen = cv2.inRange(cv2.absdiff(panorama[top:bottom, first:last], toned(self._bare, tone)), (0, 0, 0), limit)
        mask = np.zeros(panorama.shape[:2], np.uint8)
        mask[top:bottom, first:last] = cv2.erode(seen, np.ones((3, 3), np.uint8))  # the edge of a sleeve is no board
        return mask

    def lay_in(
        self, still: Picture, cover: Picture, lens: Lens, pan_deg: float, tilt_deg: float, tone: Picture | None
    ) -> None:
        """Draw the board into `still`, in place, as far as `cover` (0..255, of the still's size) says it is seen."""
        if not _in_sight(pan_deg, tilt_deg):
            return
        ppm = TEXELS_PER_PX * lens.focal_px / math.dist(MIDDLE, (0, 0, 0))
        texture = lit(textures.board(ppm, RIGHT - LEFT, TOP - BOTTOM), CORNER, ALONG, DOWN, False)
        texture = toned(texture, tone)
        matrix = _texture_to_picture(lens, pan_deg, tilt_deg, texture.shape[1], texture.shape[0])
        size = (still.shape[1], still.shape[0])
        sharp = cv2.warpPerspective(texture, matrix, size, flags=cv2.INTER_LINEAR)
        inside = cv2.warpPerspective(np.full(texture.shape[:2], 255, np.uint8), matrix, size, flags=cv2.INTER_LINEAR)
        weight = cv2.min(cover, inside).astype(np.float32)
        weight *= np.float32(1 / 255)
        still[:] = cv2.blendLinear(sharp, still, weight, 1 - weight)


def _in_sight(pan_deg: float, tilt_deg: float) -> bool:
    x, y, z = _camera_axes(pan_deg, tilt_deg) @ np.array(MIDDLE)
    return math.degrees(math.acos(z / math.hypot(x, y, z))) < SEEN_WITHIN_DEG


def _camera_axes(pan_deg: float, tilt_deg: float) -> npt.NDArray[Any]:
    """The matrix from the room's axes to the camera's: right, up, ahead. The inverse of what `Lens` does to a ray."""
    p, t = math.radians(pan_deg), math.radians(tilt_deg)
    pan = np.array([[math.cos(p), 0, -math.sin(p)], [0, 1, 0], [math.sin(p), 0, math.cos(p)]])
    tilt = np.array([[1, 0, 0], [0, math.cos(t), -math.sin(t)], [0, math.sin(t), math.cos(t)]])
    return np.asarray(tilt @ pan)


def _texture_to_picture(lens: Lens, pan_deg: float, tilt_deg: float, width: int, height: int) -> npt.NDArray[Any]:
    """The homography from the texture's pixels to the still's."""
    plane = np.stack([np.array(ALONG) / width, np.array(DOWN) / height, np.array(CORNER)], axis=1)
    middle_of_texel = np.array([[1, 0, 0.5], [0, 1, 0.5], [0, 0, 1]])
    f, cx, cy = lens.focal_px, (lens.width - 1) / 2, (lens.height - 1) / 2
    camera = np.array([[f, 0, cx], [0, -f, cy], [0, 0, 1]])
    return np.asarray(camera @ _camera_axes(pan_deg, tilt_deg) @ plane @ middle_of_texel)
