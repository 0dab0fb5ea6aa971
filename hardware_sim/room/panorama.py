"""The panorama and the camera in its middle.

Metres, origin at the camera: x right, y up, z ahead (pan 0). The panorama is equirectangular: column = azimuth
(0 in the middle, positive to the right, wraps), row = elevation. A head that pans and tilts turns the
ray of a pixel first about the horizontal axis, then about the vertical one, so panning is a shift of columns.
"""

import math
from collections import OrderedDict
from dataclasses import dataclass
from typing import Any, Final

import cv2
import numpy as np
import numpy.typing as npt

Picture = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float32]
Point = tuple[float, float, float]

ELEVATION_MIN_DEG: Final = -56.0  # tilt -25 and half the field of view, seen in the picture's corners
ELEVATION_MAX_DEG: Final = 68.0
HORIZONTAL_FOV_DEG: Final = 78.0
TILT_STEPS_PER_DEG: Final = 16  # finer than a servo step
CACHED_TILTS: Final = 8
GRID_PX: Final = 8  # map computed on so coarse a grid and interpolated: error below 0.02 px


@dataclass(frozen=True, slots=True)
class Box:
    """Columns left..right-1 and rows top..bottom-1 of a picture."""

    left: int
    top: int
    right: int
    bottom: int

    @property
    def at(self) -> tuple[slice, slice]:
        return slice(self.top, self.bottom), slice(self.left, self.right)

    def common(self, other: "Box") -> "Box | None":
        """What lies in both, if anything does."""
        left, top = max(self.left, other.left), max(self.top, other.top)
        right, bottom = min(self.right, other.right), min(self.bottom, other.bottom)
        return Box(left, top, right, bottom) if left < right and top < bottom else None

    def around(self, other: "Box") -> "Box":
        """The smallest one that both lie in."""
        left, top = min(self.left, other.left), min(self.top, other.top)
        return Box(left, top, max(self.right, other.right), max(self.bottom, other.bottom))

    def seen_from(self, origin: "Box") -> "Box":
        """The same pixels in a picture that shows `origin` alone."""
        x, y = origin.left, origin.top
        return Box(self.left - x, self.top - y, self.right - x, self.bottom - y)


@dataclass(frozen=True)
class Grid:
    """Size of a panorama with `ppd` pixels a degree; `width` covers 360 degrees exactly."""

    ppd: float

    @property
    def width(self) -> int:
        return round(360 * self.ppd)

    @property
    def height(self) -> int:
        return round((ELEVATION_MAX_DEG - ELEVATION_MIN_DEG) * self.ppd)

    def column(self, azimuth_deg: float) -> float:
        return (azimuth_deg + 180) * self.ppd - 0.5

    def row(self, elevation_deg: float) -> float:
        return (ELEVATION_MAX_DEG - elevation_deg) * self.ppd - 0.5

    def azimuths(self, first: int, last: int) -> Floats:
        """Radians of the columns first..last-1; columns outside 0..width-1 are the same directions again."""
        return np.asarray(np.radians((np.arange(first, last) + 0.5) / self.ppd - 180), np.float32)

    def slopes(self, first: int, last: int) -> Floats:
        """Tangent of the elevation of the rows first..last-1."""
        elevation = ELEVATION_MAX_DEG - (np.arange(first, last) + 0.5) / self.ppd
        return np.asarray(np.tan(np.radians(elevation)), np.float32)


def direction(point: Point) -> tuple[float, float]:
    """Azimuth and elevation in degrees in which a point is seen."""
    x, y, z = point
    return math.degrees(math.atan2(x, z)), math.degrees(math.atan2(y, math.hypot(x, z)))


class Lens:
    """A rectilinear camera of `width` x `height` with 78 degrees across, turned over a panorama."""

    def __init__(self, grid: Grid, width: int, height: int) -> None:
        self.width, self.height = width, height
        self.focal_px = width / 2 / math.tan(math.radians(HORIZONTAL_FOV_DEG / 2))
        self._grid = grid
        self._maps: OrderedDict[int, _Maps] = OrderedDict()

    def view(self, panorama: Picture, pan_deg: float, tilt_deg: float) -> Picture:
        """What the camera sees: a new picture (height, width, 3); of a mask (h, w), one (height, width)."""
        picture = np.empty((self.height, self.width, *panorama.shape[2:]), np.uint8)
        self.gaze(pan_deg, tilt_deg).draw(panorama, picture)
        return picture

    def gaze(self, pan_deg: float, tilt_deg: float) -> "Gaze":
        """The camera, turned so."""
        steps = round(tilt_deg * TILT_STEPS_PER_DEG)
        maps = self._maps_for(steps)
        first = (round(self._grid.column(pan_deg)) + maps.left) % self._grid.width
        return Gaze((first, steps), maps, self._grid.width)

    def halved(self) -> "Lens | None":
        """One of half as many pixels each way, over a panorama of half as many; None where there are no halves."""
        half = Grid(self._grid.ppd / 2)
        whole = (self.width, self.height, self._grid.width, self._grid.height)
        halves = (self.width // 2, self.height // 2, half.width, half.height)
        return Lens(half, *halves[:2]) if whole == tuple(2 * size for size in halves) else None

    def reach_deg(self, tilt_deg: float) -> float:
        """How far to either side of the pan angle anything can be seen at this tilt."""
        tilt = math.radians(tilt_deg)
        right, up = (size / 2 / self.focal_px for size in (self.width, self.height))
        ahead = math.cos(tilt) - up * abs(math.sin(tilt))  # of the corners that see furthest to the side
        return math.degrees(math.atan2(right, ahead)) + 2 / self._grid.ppd

    def _maps_for(self, tilt_steps: int) -> "_Maps":
        maps = self._maps.pop(tilt_steps, None)
        if maps is None:
            maps = self._build(math.radians(tilt_steps / TILT_STEPS_PER_DEG))
            if len(self._maps) >= CACHED_TILTS:
                self._maps.popitem(last=False)
        self._maps[tilt_steps] = maps
        return maps

    def _build(self, tilt: float) -> "_Maps":
        cells_x, cells_y = -(-self.width // GRID_PX) + 2, -(-self.height // GRID_PX) + 2
        middle = (GRID_PX - 1) / 2
        x = ((np.arange(cells_x) - 1) * GRID_PX + middle - (self.width - 1) / 2) / self.focal_px
        y = -((np.arange(cells_y) - 1) * GRID_PX + middle - (self.height - 1) / 2)[:, None] / self.focal_px
        ahead = math.cos(tilt) - y * math.sin(tilt)
        up = y * math.cos(tilt) + math.sin(tilt)
        azimuth = np.degrees(np.arctan2(x, ahead))
        elevation = np.degrees(np.arctan2(up, np.hypot(x, ahead)))
        columns, rows = azimuth * self._grid.ppd, self._grid.row(0) - elevation * self._grid.ppd
        left, right = math.floor(columns.min()) - 1, math.ceil(columns.max()) + 2
        top = max(0, math.floor(rows.min()) - 1)
        bottom = min(self._grid.height, math.ceil(rows.max()) + 2)
        coarse = np.dstack([columns - left, rows - top]).astype(np.float32)
        size = (cells_x * GRID_PX, cells_y * GRID_PX)
        fine = np.asarray(cv2.resize(coarse, size, interpolation=cv2.INTER_LINEAR))
        inner = fine[GRID_PX : GRID_PX + self.height, GRID_PX : GRID_PX + self.width]
        fixed, fraction = cv2.convertMaps(inner, None, cv2.CV_16SC2)  # type: ignore[call-overload]  # both in one
        return _Maps(left, right - left, top, bottom, fixed, fraction, *_spans(coarse))


@dataclass(frozen=True)
class _Maps:
    left: int  # of the crop, relative to the column of the pan angle
    columns: int
    top: int
    bottom: int
    fixed: npt.NDArray[Any]
    fraction: npt.NDArray[Any]
    low: Floats
    """Of each block of GRID_PX x GRID_PX pixels of the picture: the first column and row of the crop that it shows."""
    high: Floats
    """… and the last ones."""


def _spans(coarse: Floats) -> tuple[Floats, Floats]:
    """`low` and `high` of maps, from the values (x, y) between which they are interpolated."""
    across = [coarse[:, start : start - 2 or None] for start in range(3)]
    low, high = np.minimum.reduce(across), np.maximum.reduce(across)
    down_low, down_high = ([part[start : start - 2 or None] for start in range(3)] for part in (low, high))
    return np.minimum.reduce(down_low), np.maximum.reduce(down_high)


@dataclass(frozen=True)
class Gaze:
    """A lens at an angle; equal `key`s of one lens are equal angles."""

    key: tuple[int, int]
    _maps: _Maps
    _around: int  # columns of the panorama

    def draw(self, panorama: Picture, picture: Picture, part: Box | None = None) -> None:
        """Draw what is seen of a panorama into the picture, or into a part of it, in place."""
        maps, at = self._maps, (slice(None), slice(None)) if part is None else part.at
        first = self.key[0]
        source = wrapped(panorama[maps.top : maps.bottom], first, first + maps.columns)
        cv2.remap(source, maps.fixed[at], maps.fraction[at], cv2.INTER_LINEAR, dst=picture[at])

    def draw_doubled(self, panorama: Picture, picture: Picture) -> None:
        """The same for a panorama and a picture of twice as many pixels each way: what is finer is averaged."""
        maps, first = self._maps, 2 * self.key[0]
        source = wrapped(panorama[2 * maps.top : 2 * maps.bottom], first, first + 2 * maps.columns)
        halved = cv2.resize(source, (maps.columns, maps.bottom - maps.top), interpolation=cv2.INTER_AREA)
        seen = cv2.remap(halved, maps.fixed, maps.fraction, cv2.INTER_LINEAR)
        cv2.resize(seen, picture.shape[1::-1], dst=picture, interpolation=cv2.INTER_LINEAR)

    def part(self, box: Box) -> Box | None:
        """The part of the picture in which anything of a box of the panorama can be seen."""
        maps = self._maps
        left = (box.left - self.key[0]) % self._around
        right = left + box.right - box.left
        touched = self._touched(left, right, box)
        if right > self._around:  # and comes in again from the left
            touched |= self._touched(left - self._around, right - self._around, box)
        rows, columns = (np.flatnonzero(touched.any(axis=axis)) for axis in (1, 0))
        if not len(rows):
            return None
        height, width = maps.fraction.shape[:2]
        right, bottom = (min(size, (int(of[-1]) + 1) * GRID_PX) for of, size in ((columns, width), (rows, height)))
        return Box(int(columns[0]) * GRID_PX, int(rows[0]) * GRID_PX, right, bottom)

    def _touched(self, left: int, right: int, box: Box) -> npt.NDArray[np.bool_]:
        """Which blocks show a pixel of the box, or mix one in; columns as in the crop."""
        low, high, top = self._maps.low, self._maps.high, self._maps.top
        beside = (high[:, :, 0] > left - 2) & (low[:, :, 0] < right + 1)
        return np.asarray(
            beside & (high[:, :, 1] > box.top - top - 2) & (low[:, :, 1] < box.bottom - top + 1), np.bool_
        )


def wrapped(panorama: Picture, first: int, last: int) -> Picture:
    """Columns first..last-1 of a picture that closes on itself: a view where possible, else a copy."""
    width = panorama.shape[1]
    first, last = first % width, first % width + last - first
    if last <= width:
        return panorama[:, first:last]
    return np.concatenate([panorama[:, first:], panorama[:, : last - width]], axis=1)


class Painter:
    """Paints flat textured surfaces into a panorama, in true perspective, later ones over earlier ones."""

    def __init__(self, grid: Grid, blank: bool = False) -> None:
        self.grid = grid
        size = (1, 1, 3) if blank else (grid.height, grid.width, 3)
        self.panorama: Picture = np.full(size, 170, np.uint8)

    def surface(self, corner: Point, right: Point, down: Point, texture: Picture) -> None:
        """A rectangle from its top left corner along `right` and `down` (metres, at right angles).

        `texture` is (h, w, 3) BGR or (h, w, 4) with straight alpha; its edges blend over half a texel.
        """
        self._parts(np.array(corner), np.array(right), np.array(down), texture)

    def _parts(self, corner: Any, right: Any, down: Any, texture: Picture) -> None:
        for first, last, top, bottom in self.boxes(corner, right, down):
            maps = self.locate(corner, right, down, texture, (first, last, top, bottom))
            for start in range(0, last - first, 512):
                chunk = slice(start, min(start + 512, last - first))
                target = self.panorama[top:bottom, first + chunk.start : first + chunk.stop]
                blend(target, sample(texture, maps[0][:, chunk], maps[1][:, chunk]))

    def boxes(self, corner: Any, right: Any, down: Any) -> list[tuple[int, int, int, int]]:
        """Column and row ranges of the panorama that can see the rectangle, cut where the panorama wraps."""
        share = np.linspace(0, 1, 25)
        s, t = (axis.ravel() for axis in np.meshgrid(share, share))
        points = corner + s[:, None] * right + t[:, None] * down
        azimuth = np.degrees(np.arctan2(points[:, 0], points[:, 2]))
        elevation = np.degrees(np.arctan2(points[:, 1], np.hypot(points[:, 0], points[:, 2])))
        grid = self.grid
        top = max(0, math.floor(grid.row(elevation.max())) - 2)
        bottom = min(grid.height, math.ceil(grid.row(elevation.min())) + 3)
        ordered = np.sort(azimuth)
        gaps = np.diff(np.concatenate([ordered, ordered[:1] + 360]))
        widest = int(np.argmax(gaps))
        if gaps[widest] < 90:  # all around: the rectangle lies above or below the camera
            low = 0 if corner[1] > 0 else top
            high = bottom if corner[1] > 0 else grid.height
            return [(0, grid.width, low, high)]
        start = ordered[(widest + 1) % len(ordered)]
        first = math.floor(grid.column(start)) - 2
        last = math.ceil(grid.column(start + 360 - gaps[widest])) + 3
        spans = [(max(0, first), min(last, grid.width))]
        if first < 0:
            spans.append((first + grid.width, grid.width))
        if last > grid.width:
            spans.append((0, last - grid.width))
        return [(a, b, top, bottom) for a, b in spans if a < b]

    def locate(
        self, corner: Any, right: Any, down: Any, texture: Picture, box: tuple[int, int, int, int]
    ) -> tuple[Floats, Floats]:
        """Where each panorama pixel of the box falls in the texture (x, y); -9 where it never meets it."""
        first, last, top, bottom = box
        azimuth, slope = self.grid.azimuths(first, last), self.grid.slopes(top, bottom)[:, None]
        sin, cos = np.sin(azimuth), np.cos(azimuth)

        def along(vector: Any) -> Floats:
            x, y, z = (np.float32(value) for value in vector)
            return np.asarray((sin * x + cos * z)[None, :] + slope * y, np.float32)

        normal = np.cross(right, down)
        facing = along(normal)
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            distance = np.float32(corner @ normal) / facing
            distance[~(distance > 0)] = np.nan
            x = (distance * along(right) - np.float32(corner @ right)) / np.float32(right @ right)
            y = (distance * along(down) - np.float32(corner @ down)) / np.float32(down @ down)
        height, width = texture.shape[:2]
        x, y = x * np.float32(width) - 0.5, y * np.float32(height) - 0.5
        return np.nan_to_num(x.clip(-9, width + 9), nan=-9), np.nan_to_num(y.clip(-9, height + 9), nan=-9)


def sample(texture: Picture, x: Floats, y: Floats) -> Picture:
    """The texture at these places as (h, w, 4); transparent outside of it, with smooth edges."""
    height, width = texture.shape[:2]
    picture = np.asarray(cv2.remap(texture, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE), np.uint8)
    cover = _inside(x, width, 1) * _inside(y, height, 0) * 255
    if texture.shape[2] == 3:
        return np.dstack([picture, cover.astype(np.uint8)])
    picture[:, :, 3] = np.minimum(picture[:, :, 3], cover)
    return picture


def _inside(at: Floats, size: int, axis: int) -> Floats:
    """How much of each pixel lies within 0..size texels along one axis of the texture."""
    step = np.abs(np.diff(at, axis=axis))
    step = step[(step > 0) & (step < size / 4)]
    texels = max(1.0, float(np.median(step[:: max(1, step.size // 2000)]))) if step.size else 1.0
    edge = np.minimum(at + 0.5, size - 0.5 - at) / np.float32(texels) + np.float32(0.5)
    return np.asarray(np.clip(edge, 0, 1), np.float32)


def blend(target: Picture, sprite: Picture) -> None:
    """Lay a sprite (h, w, 4; straight alpha, colour kept at its edges) over a part of a picture, in place."""
    weight = cv2.extractChannel(sprite, 3).astype(np.float32)
    weight *= np.float32(1 / 255)
    target[:] = cv2.blendLinear(cv2.cvtColor(sprite, cv2.COLOR_BGRA2BGR), target, weight, 1 - weight)
