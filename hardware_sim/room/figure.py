"""People as small solid models: ellipsoids and tapered limbs, ray-cast to a lit sprite.

A figure's own axes are metres: x to the right of the picture, y up, z towards the viewer (the way the figure faces
when it looks at the camera). Seen from far enough that perspective inside one figure can be left out.
"""

import copy
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any, Final

import cv2
import numpy as np
import numpy.typing as npt

from hardware_sim.room.textures import soft_noise

Picture = npt.NDArray[np.uint8]
Vector = tuple[float, float, float]
Matrix = npt.NDArray[np.float64]
Colour = tuple[int, int, int]

SUPERSAMPLE: Final = 2
FINEST_PPM: Final = 700  # whoever sits so near is smooth without supersampling
AMBIENT: Final = 0.62
KEY: Final = 0.52
UNTURNED: Final = np.eye(3)


@dataclass(frozen=True)
class Cut:
    """Keeps the part of an ellipsoid where `normal` . (point - middle) < `limit`, in its own axes."""

    normal: Vector
    limit: float


@dataclass(frozen=True)
class Ellipsoid:
    middle: Vector
    radii: Vector
    colour: Colour
    cuts: tuple[Cut, ...] = ()
    grain: float = 0.0  # strength of the strands of hair (> 0) or the folds of cloth (< 0) on it
    gloss: float = 0.0
    turned: Any = None  # rotation matrix, or None


@dataclass(frozen=True)
class Limb:
    """A rod from `a` to `b` whose radius goes from `ra` to `rb`, with round ends."""

    a: Vector
    b: Vector
    ra: float
    rb: float
    colour: Colour
    grain: float = 0.0
    gloss: float = 0.0


Solid = Ellipsoid | Limb


@dataclass(frozen=True)
class Frame:
    """The part of a figure's x-y plane that a sprite shows, in metres, and its pixels a metre."""

    left: float
    right: float
    bottom: float
    top: float
    ppm: float


def rotation(yaw_deg: float, pitch_deg: float = 0.0, roll_deg: float = 0.0) -> Matrix:
    """Positive yaw turns the face to the picture's right, pitch down, roll the crown to the right."""
    y, p, r = (math.radians(angle) for angle in (yaw_deg, pitch_deg, roll_deg))
    about_y = np.array([[math.cos(y), 0, math.sin(y)], [0, 1, 0], [-math.sin(y), 0, math.cos(y)]])
    about_x = np.array([[1, 0, 0], [0, math.cos(p), -math.sin(p)], [0, math.sin(p), math.cos(p)]])
    about_z = np.array([[math.cos(r), math.sin(r), 0], [-math.sin(r), math.cos(r), 0], [0, 0, 1]])
    return np.asarray(about_y @ about_x @ about_z)


def turned(solids: Iterable[Solid], turn: Matrix, pivot: Vector = (0, 0, 0)) -> list[Solid]:
    """The solids, turned about a point."""

    def point(at: Vector) -> Vector:
        x, y, z = turn @ (np.array(at) - pivot) + pivot
        return float(x), float(y), float(z)

    return [
        replace(solid, a=point(solid.a), b=point(solid.b))
        if isinstance(solid, Limb)
        else replace(
            solid,
            middle=point(solid.middle),
            turned=turn @ (UNTURNED if solid.turned is None else solid.turned),
        )
        for solid in solids
    ]


def moved(solids: Iterable[Solid], by: Vector) -> list[Solid]:
    def point(at: Vector) -> Vector:
        return at[0] + by[0], at[1] + by[1], at[2] + by[2]

    return [
        replace(solid, a=point(solid.a), b=point(solid.b))
        if isinstance(solid, Limb)
        else replace(solid, middle=point(solid.middle))
        for solid in solids
    ]


def scaled(solids: Iterable[Solid], factor: float) -> list[Solid]:
    """The solids, larger by a factor about the origin."""

    def point(at: Vector) -> Vector:
        return at[0] * factor, at[1] * factor, at[2] * factor

    return [
        replace(solid, a=point(solid.a), b=point(solid.b), ra=solid.ra * factor, rb=solid.rb * factor)
        if isinstance(solid, Limb)
        else replace(
            solid,
            middle=point(solid.middle),
            radii=point(solid.radii),
            cuts=tuple(replace(cut, limit=cut.limit * factor) for cut in solid.cuts),
        )
        for solid in solids
    ]


class _Buffers:
    """Depth, normals and colours of the surface seen in each pixel."""

    def __init__(self, frame: Frame, ppm: float) -> None:
        self.width = round((frame.right - frame.left) * ppm)
        self.height = round((frame.top - frame.bottom) * ppm)
        self.x = (frame.left + (np.arange(self.width) + 0.5) / ppm).astype(np.float32)
        self.y = (frame.top - (np.arange(self.height) + 0.5) / ppm).astype(np.float32)
        self.depth = np.full((self.height, self.width), -9, np.float32)
        self.normal = np.zeros((self.height, self.width, 3), np.float32)
        self.solid = np.zeros((self.height, self.width), np.uint8)
        self.finishes: list[tuple[float, ...]] = [(0.0,) * 5]

    def trimmed(self, rows: slice, columns: slice) -> "_Buffers":
        """A part of the picture, sharing its memory."""
        part = copy.copy(self)
        part.x, part.y = self.x[columns], self.y[rows]
        part.width, part.height = len(part.x), len(part.y)
        part.depth, part.normal = self.depth[rows, columns], self.normal[rows, columns]
        part.solid = self.solid[rows, columns]
        return part

    def window(self, low: Sequence[float], high: Sequence[float]) -> tuple[slice, slice]:
        columns = np.searchsorted(self.x, [low[0], high[0]])
        rows = np.searchsorted(-self.y, [-high[1], -low[1]])
        return slice(int(rows[0]), int(rows[1])), slice(int(columns[0]), int(columns[1]))

    def put(self, window: tuple[slice, slice], seen: Any, z: Any, normal: Sequence[Any], solid: Solid) -> None:
        seen = seen & (z > self.depth[window])
        np.copyto(self.depth[window], z, where=seen)
        for axis in range(3):
            np.copyto(self.normal[window][:, :, axis], normal[axis], where=seen)
        self.finishes.append((*solid.colour, solid.grain, solid.gloss))
        np.copyto(self.solid[window], np.uint8(len(self.finishes) - 1), where=seen)


def _cast_ellipsoid(buffers: _Buffers, solid: Ellipsoid) -> None:
    turn = UNTURNED if solid.turned is None else solid.turned
    scale = np.diag(1 / np.square(solid.radii))
    form = turn @ scale @ turn.T
    extent = np.sqrt(np.diag(np.linalg.inv(form)))
    middle = np.array(solid.middle)
    q = form.tolist()  # plain floats keep the pictures float32
    window = buffers.window(middle - extent, middle + extent)
    x = buffers.x[window[1]][None, :] - np.float32(middle[0])
    y = buffers.y[window[0]][:, None] - np.float32(middle[1])
    if not x.size or not y.size:
        return
    half_b = q[0][2] * x + q[1][2] * y
    c = q[0][0] * x * x + 2 * q[0][1] * x * y + q[1][1] * y * y - 1
    root = half_b * half_b - q[2][2] * c
    seen = root > 0
    z = (np.sqrt(np.maximum(root, 0)) - half_b) / q[2][2]
    for cut in solid.cuts:
        n = (turn @ np.array(cut.normal)).tolist()
        seen &= n[0] * x + n[1] * y + n[2] * z < cut.limit
    normal = [q[axis][0] * x + q[axis][1] * y + q[axis][2] * z for axis in range(3)]
    length = np.sqrt(sum(part * part for part in normal)) + 1e-9
    buffers.put(window, seen, z + solid.middle[2], [part / length for part in normal], solid)


def _cast_limb(buffers: _Buffers, solid: Limb) -> None:
    a, b = np.array(solid.a), np.array(solid.b)
    widest = max(solid.ra, solid.rb)
    window = buffers.window(np.minimum(a, b) - widest, np.maximum(a, b) + widest)
    x = buffers.x[window[1]][None, :] - np.float32(a[0])
    y = buffers.y[window[0]][:, None] - np.float32(a[1])
    if not x.size or not y.size:
        return
    along = (b - a).tolist()
    flat = max(along[0] ** 2 + along[1] ** 2, 1e-6)
    t = np.clip((x * along[0] + y * along[1]) / flat, 0, 1)
    radius = solid.ra + (solid.rb - solid.ra) * t
    dx, dy = x - t * along[0], y - t * along[1]
    root = radius * radius - dx * dx - dy * dy
    dz = np.sqrt(np.maximum(root, 0))
    z = solid.a[2] + t * along[2] + dz
    buffers.put(window, root > 0, z, [dx / radius, dy / radius, dz / radius], solid)


def render(solids: Sequence[Solid], frame: Frame, light: Vector) -> Picture:
    """The figure as BGRA with straight alpha, one pixel per 1/ppm m; `light` points to the daylight."""
    ppm = max(frame.ppm, min(frame.ppm * SUPERSAMPLE, FINEST_PPM))
    buffers = _Buffers(frame, ppm)
    for solid in solids:
        if isinstance(solid, Limb):
            _cast_limb(buffers, solid)
        else:
            _cast_ellipsoid(buffers, solid)
    out = np.zeros((buffers.height, buffers.width, 4), np.float32)
    rows, columns = (np.flatnonzero((buffers.solid > 0).any(axis=axis)) for axis in (1, 0))
    if len(rows):
        seen = slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1)
        out[seen] = _lit(buffers.trimmed(*seen), ppm, light)
    size = (round((frame.right - frame.left) * frame.ppm), round((frame.top - frame.bottom) * frame.ppm))
    small = np.asarray(cv2.resize(out, size, interpolation=cv2.INTER_AREA), np.float32)
    small[:, :, :3] *= 255 / np.maximum(small[:, :, 3:], 1)
    return np.asarray(np.clip(small, 0, 255), np.uint8)


@lru_cache(maxsize=12)
def _patterns(height: int, width: int, ppm: int) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]:
    """Strands of hair and folds of cloth, for any sprite up to this size."""
    strands = soft_noise(height, width, (0.006 * ppm, 0.05 * ppm), 3)
    folds = soft_noise(height, width, (0.05 * ppm, 0.04 * ppm), 4)
    return strands, folds


def _creases(buffers: _Buffers, ppm: float) -> npt.NDArray[np.float32]:
    """How much of the light from all around reaches each pixel, from how deep it lies among its neighbours."""
    size = (max(8, buffers.width // 4), max(8, buffers.height // 4))
    seen = (buffers.depth > -9).astype(np.float32)
    depth = buffers.depth * seen
    small, weight = (cv2.resize(part, size, interpolation=cv2.INTER_AREA) for part in (depth, seen))
    shade = np.ones_like(depth)
    for reach_m, strength in ((0.018, 0.9), (0.06, 1.1)):  # creases, then whole limbs
        sigma = max(0.6, reach_m * ppm / 4)
        around = cv2.GaussianBlur(small, (0, 0), sigma) / (cv2.GaussianBlur(weight, (0, 0), sigma) + 1e-3)
        above = cv2.resize(around, (buffers.width, buffers.height), interpolation=cv2.INTER_LINEAR) - depth
        shade *= 1 - np.clip(above * (strength / (reach_m * 4)), 0, 0.34)
    return np.asarray(shade, np.float32)


def _lit(buffers: _Buffers, ppm: float, light: Vector) -> npt.NDArray[np.float32]:
    """Colour (already times alpha) and alpha, 0..255, of the figure in this light."""
    seen = buffers.solid > 0
    shade = _creases(buffers, ppm)[seen]
    normal = np.asarray(cv2.GaussianBlur(buffers.normal, (0, 0), 0.005 * ppm), np.float32)[seen]
    finish = np.array(buffers.finishes, np.float32)[buffers.solid[seen]]
    normal /= np.sqrt(np.einsum("pi,pi->p", normal, normal) + np.float32(1e-6))[:, None]
    patterns = _patterns(-(-buffers.height // 512) * 512, -(-buffers.width // 512) * 512, round(ppm / 100) * 100)
    strands, folds = (pattern[: buffers.height, : buffers.width][seen] for pattern in patterns)
    grain = np.where(finish[:, 3] > 0, strands, -folds) * finish[:, 3] + 1
    to_light = (np.array(light) / np.linalg.norm(light)).astype(np.float32)
    half = to_light + np.array([0, 0, 1], np.float32)
    key = KEY * np.clip((normal @ to_light + np.float32(0.35)) / np.float32(1.35), 0, 1)
    ambient = AMBIENT * (0.88 + 0.18 * normal[:, 1])
    shine = np.clip(normal @ (half / np.linalg.norm(half)), 0, 1) ** 16
    level = (ambient * shade + key * (0.4 + 0.6 * shade)) * np.clip(grain, 0.6, 1.4)
    out = np.zeros((buffers.height, buffers.width, 4), np.float32)
    colour = finish[:, :3] * level[:, None] + (255 * finish[:, 4] * shine)[:, None]
    out[seen] = np.concatenate([np.minimum(colour, 255), np.full((len(colour), 1), 255)], axis=1)
    return out
