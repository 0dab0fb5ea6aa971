"""The light in the room: daylight from the windows, lamp panels in the ceiling, dusk in the corners."""

from typing import Any, Final

import cv2
import numpy as np
import numpy.typing as npt

from hardware_sim.room.layout import (
    BACK_Z,
    CEILING_Y,
    FLOOR_PLANTS,
    FLOOR_Y,
    FRONT_Z,
    LAMPS,
    LEFT_X,
    RIGHT_X,
    TABLES,
    WINDOW_SILL_Y,
    WINDOW_TOP_Y,
    WINDOWS_Z,
)
from hardware_sim.room.panorama import Point
from hardware_sim.room.textures import Picture, shaded

AMBIENT: Final = 0.78
LAMP: Final = 0.36
DAYLIGHT: Final = 0.42
CORNER_DARK: Final = 0.16
CORNER_REACH_M: Final = 0.35
CELLS_PER_M: Final = 10
TINT_DAY: Final = (1.04, 1.0, 0.95)  # BGR
TINT_LAMP: Final = (0.95, 1.0, 1.03)

Floats = npt.NDArray[np.float64]


def lit(picture: Picture, corner: Point, right: Point, down: Point, corners: bool = True) -> Picture:
    """A texture as it looks where it hangs or lies; `corners` darkens it towards other walls."""
    r, d = np.array(right), np.array(down)
    across = max(3, round(float(np.linalg.norm(r)) * CELLS_PER_M))
    along = max(3, round(float(np.linalg.norm(d)) * CELLS_PER_M))
    s = ((np.arange(across) + 0.5) / across)[None, :, None]
    t = ((np.arange(along) + 0.5) / along)[:, None, None]
    points = np.array(corner) + s * r + t * d
    normal = np.cross(r, d)
    normal /= np.linalg.norm(normal)
    if float(normal @ np.array(corner)) > 0:
        normal = -normal  # towards the camera, which is inside the room
    factor = brightness(points, normal)
    if corners:
        factor = factor * _corners(points, normal)[:, :, None]
    fine = cv2.resize(factor.astype(np.float32), (picture.shape[1], picture.shape[0]), interpolation=cv2.INTER_CUBIC)
    if picture.shape[2] == 3:
        return shaded(picture, np.asarray(fine))
    return np.dstack([shaded(picture[:, :, :3], np.asarray(fine)), picture[:, :, 3]])


def brightness(points: Floats, normal: Floats) -> Floats:
    """The light's three colours on points (h, w, 3) of a surface with this normal."""
    total = np.full(points.shape, AMBIENT)
    for x, z in LAMPS:
        total += LAMP * _from_source(points, normal, (x, CEILING_Y, z), (0, -1, 0))[..., None] * TINT_LAMP
    for far, near in WINDOWS_Z:
        for y in (WINDOW_SILL_Y + 0.3, WINDOW_TOP_Y - 0.3):
            source = (LEFT_X, y, (far + near) / 2)
            total += DAYLIGHT * _from_source(points, normal, source, (1, -0.15, 0))[..., None] * TINT_DAY
    return total


def _from_source(points: Floats, normal: Floats, source: Any, facing: Any) -> Floats:
    """Share of a small flat source's light that falls on the points."""
    way = points - np.array(source)
    square = np.maximum(np.sum(way * way, axis=-1), 0.09)
    length = np.sqrt(square)
    leaving = np.clip(np.sum(way * np.array(facing), axis=-1) / length, 0, None)
    arriving = np.clip(-np.sum(way * normal, axis=-1) / length, 0, None)
    return np.asarray(leaving * arriving / (0.5 + square))


def _corners(points: Floats, normal: Floats) -> Floats:
    shade = np.ones(points.shape[:2])
    planes = ((0, LEFT_X), (0, RIGHT_X), (1, FLOOR_Y), (1, CEILING_Y), (2, FRONT_Z), (2, BACK_Z))
    for axis, at in planes:
        if abs(normal[axis]) < 0.5:
            distance = np.abs(points[:, :, axis] - at)
            shade *= 1 - CORNER_DARK * np.exp(-distance / CORNER_REACH_M)
    return shade


def shadows_on_floor(picture: Picture, ppm: float) -> Picture:
    """Soft shadows of tables and people, and the sun through the windows, on the floor's texture."""
    height, width = picture.shape[:2]
    dark = np.zeros((height, width), np.float32)
    sun = np.zeros((height, width), np.float32)

    def place(x: float, z: float) -> tuple[int, int]:
        return round((x - LEFT_X) * ppm), round((FRONT_Z - z) * ppm)

    for left, far, right, near in TABLES:
        cv2.rectangle(dark, place(left - 0.3, far), place(right + 0.3, near), 0.42, -1)
    for x, z in FLOOR_PLANTS:
        cv2.circle(dark, place(x, z), round(0.19 * ppm), 0.6, -1)
    dark = np.asarray(cv2.GaussianBlur(dark, (0, 0), 0.16 * ppm))
    for far, near in WINDOWS_Z:
        patch = [
            place(x, z) for x, z in ((-2.45, far - 0.5), (-2.45, near - 0.5), (-1.2, near - 1.1), (-1.2, far - 1.1))
        ]
        cv2.fillPoly(sun, [np.array(patch)], 1.0)
    sun = np.asarray(cv2.GaussianBlur(sun, (0, 0), 0.035 * ppm)) * (1 - dark) * 0.2
    warm = np.array([0.75, 1.0, 1.15], np.float32)
    return shaded(picture, (1 - dark)[:, :, None] + sun[:, :, None] * warm)
