"""Figures as sprites of the panorama: rendered flat, bent as the panorama needs it."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Final

import cv2
import numpy as np

from hardware_sim.room.figure import Frame, Solid, Vector, render
from hardware_sim.room.panorama import Grid, Picture, Point, blend

SHIFTS_PER_PX: Final = 8  # finer than is seen, and a figure that sways slowly stands still meanwhile
OVERSAMPLING = 1.08  # of the flat picture against the panorama
DAYLIGHT: Vector = (-0.75, 0.55, 0.15)  # in the room's axes
LAMPLIGHT_AHEAD = 0.75  # what the lamps and bright walls give to the side that is seen


@dataclass(frozen=True, eq=False)
class Sprite:
    """BGRA with straight alpha; its left top pixel lies `left` columns and row `top` from its anchor's column.

    One is equal to itself alone: what is the same object is the same picture, and need not be laid in anew.
    """

    image: Picture
    left: int
    top: int
    behind: bool = False  # behind the tables and those who sit at them


def light_at(azimuth_deg: float) -> Vector:
    """The main light in the axes of a figure that is seen in this direction."""
    a = math.radians(azimuth_deg)
    x, y, z = DAYLIGHT
    return x * math.cos(a) - z * math.sin(a), y, -x * math.sin(a) - z * math.cos(a) + LAMPLIGHT_AHEAD


def yaw_towards(place: Point, target: Point) -> float:
    """The yaw of a figure at `place` that faces `target`, as the camera sees it (0 looks into the camera)."""
    a = math.atan2(place[0], place[2])
    x, z = target[0] - place[0], target[2] - place[2]
    return math.degrees(math.atan2(x * math.cos(a) - z * math.sin(a), -x * math.sin(a) - z * math.cos(a)))


def make_sprite(
    grid: Grid, solids: Sequence[Solid], place: Point, box: tuple[float, float, float, float], light: Vector
) -> Sprite:
    """Render a figure whose origin stands at `place`; `box` is left, right, bottom, top around it in metres."""
    left_m, right_m, bottom_m, top_m = box
    distance = math.hypot(place[0], place[2])
    ppm = grid.ppd * math.degrees(1) / distance * OVERSAMPLING
    flat = render(solids, Frame(left_m, right_m, bottom_m, top_m, ppm), light).astype(np.float32)
    flat[:, :, :3] *= flat[:, :, 3:] / 255
    reach = math.degrees(math.atan2(max(-left_m, right_m), distance))
    half = math.ceil(reach * grid.ppd) + 1
    low, high = (math.degrees(math.atan2(place[1] + edge, distance)) for edge in (bottom_m, top_m))
    top = max(0, math.floor(grid.row(high)) - 1)
    bottom = min(grid.height, math.ceil(grid.row(low)) + 2)
    azimuth = np.radians((np.arange(-half, half) + 0.5) / grid.ppd)[None, :]
    x = distance * np.tan(azimuth)
    y = distance * grid.slopes(top, bottom)[:, None] / np.cos(azimuth) - place[1]
    columns = np.broadcast_to((x - left_m) * ppm - 0.5, y.shape).astype(np.float32)
    bent = cv2.remap(flat, columns, ((top_m - y) * ppm - 0.5).astype(np.float32), cv2.INTER_LINEAR)
    image = np.asarray(bent, np.float32)
    image[:, :, :3] *= 255 / np.maximum(image[:, :, 3:], 1)
    return _trimmed(Sprite(np.asarray(np.clip(image, 0, 255), np.uint8), -half, top))


def _trimmed(sprite: Sprite) -> Sprite:
    seen = sprite.image[:, :, 3] > 0
    rows, columns = np.flatnonzero(seen.any(axis=1)), np.flatnonzero(seen.any(axis=0))
    if not len(rows):
        return Sprite(sprite.image[:1, :1], sprite.left, sprite.top)
    image = sprite.image[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1].copy()
    return Sprite(image, sprite.left + int(columns[0]), sprite.top + int(rows[0]))


def shifted(sprite: Sprite, right_px: float, down_px: float) -> Sprite:
    """The sprite a few pixels away, or an eighth of one; the same sprite again where it has been asked for lately."""
    return _shifted(sprite, round(right_px * SHIFTS_PER_PX), round(down_px * SHIFTS_PER_PX))


@lru_cache(maxsize=32)
def _shifted(sprite: Sprite, right: int, down: int) -> Sprite:
    (whole_x, right), (whole_y, down) = divmod(right, SHIFTS_PER_PX), divmod(down, SHIFTS_PER_PX)
    move = np.array([[1, 0, right / SHIFTS_PER_PX], [0, 1, down / SHIFTS_PER_PX]])
    size = (sprite.image.shape[1] + 1, sprite.image.shape[0] + 1)
    image = np.asarray(cv2.warpAffine(sprite.image, move, size, flags=cv2.INTER_LINEAR), np.uint8)
    return Sprite(image, sprite.left + whole_x, sprite.top + whole_y)


def toned(picture: Picture, tone: Picture | None) -> Picture:
    """A picture of three or four channels in the light of this table (for `cv2.LUT` on BGRA); None is daylight."""
    if tone is None:
        return picture
    return np.asarray(cv2.LUT(picture, np.ascontiguousarray(tone[:, :, : picture.shape[2]])), np.uint8)


def column_of(grid: Grid, sprite: Sprite, azimuth_deg: float) -> int:
    """The panorama's column in which a sprite begins."""
    return (round(grid.column(azimuth_deg) + 0.5) + sprite.left) % grid.width


def pieces(grid: Grid, sprite: Sprite, azimuth_deg: float) -> Iterator[tuple[slice, slice, Picture]]:
    """Rows and columns of the panorama that a sprite covers, in two pieces where the panorama wraps."""
    first = column_of(grid, sprite, azimuth_deg)
    height, width = sprite.image.shape[:2]
    rows = slice(sprite.top, min(sprite.top + height, grid.height))
    fits = min(width, grid.width - first)
    image = sprite.image[: rows.stop - rows.start]
    yield rows, slice(first, first + fits), image[:, :fits]
    if fits < width:
        yield rows, slice(0, width - fits), image[:, fits:]


def hidden_by(grid: Grid, sprite: Sprite, azimuth_deg: float, nearer: Sequence[tuple[Sprite, float]]) -> Sprite:
    """The sprite at this azimuth, without what those sprites at theirs hide of it."""
    hidden = sprite
    for other, other_deg in nearer:
        parts = []
        for rows, columns, part in pieces(grid, hidden, azimuth_deg):
            part = part.copy()
            for other_rows, other_columns, image in pieces(grid, other, other_deg):
                _take_away(part, (rows, columns), image[:, :, 3], (other_rows, other_columns))
            parts.append(part)
        hidden = replace(hidden, image=np.concatenate(parts, axis=1))
    return hidden


def _take_away(part: Picture, at: tuple[slice, slice], cover: Picture, cover_at: tuple[slice, slice]) -> None:
    """Make a part of a sprite as transparent as `cover` (0..255) lies over it, in place."""
    spans = [(max(one.start, two.start), min(one.stop, two.stop)) for one, two in zip(at, cover_at, strict=True)]
    if any(first >= last for first, last in spans):
        return
    own, over = (
        tuple(slice(first - axis.start, last - axis.start) for (first, last), axis in zip(spans, place, strict=True))
        for place in (at, cover_at)
    )
    alpha = part[:, :, 3][own]
    alpha[:] = alpha.astype(np.uint16) * (255 - cover[over].astype(np.uint16)) // 255


def fix(grid: Grid, panorama: Picture, sprite: Sprite, azimuth_deg: float) -> None:
    """Paint a sprite into a panorama for good."""
    for rows, columns, part in pieces(grid, sprite, azimuth_deg):
        blend(panorama[rows, columns], part)
