"""The board in a picture: where it is, straightened, its writing clearer. Pure; pictures are (h, w, 3) BGR, uint8.

The outline is found by its straight edges, not by its corners: a lecturer who stands before one corner leaves two
edges of it that meet there.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Final, TypeAlias

import cv2
import numpy as np
import numpy.typing as npt

Picture: TypeAlias = npt.NDArray[np.uint8]
Quad: TypeAlias = npt.NDArray[np.float64]
"""Shape (4, 2): x and y of the corners top left, top right, bottom right, bottom left, as shares of the picture."""

LOOK_WIDTH_PX: Final = 640  # edges of a board are found as well in a small picture, forty times faster
THRESHOLDS: Final = 12  # levels of grey tried; a board is brighter, or darker, than the wall around it at one of them
LEAST_AREA: Final = 0.03  # of the picture; less is a poster, or a board too far away to be read
MOST_AREA: Final = 0.97  # more is the picture's own frame
EDGE_PX: Final = 1.6  # a contour this near to a line is on it
MOST_CUT: Final = 1  # sides of a board that lie beyond the picture; a wall loses more of them
LEAST_SUPPORT: Final = 0.55  # of the outline has to be seen as straight edge; the rest may be covered
LEAST_FILL: Final = 0.7  # of the outline's area is the found patch; a chair's back and its shadow fill less
CORNER_DEG: Final = (50.0, 130.0)  # a board seen from further aside than 60 degrees cannot be read anyway
CENTRE_SPREAD: Final = 0.4  # the head looks at what is wanted; of the picture's half diagonal
MOST_SQUEEZED: Final = 2.5  # a board seen from 66 degrees aside; more is no board, or not its outline
SHADE_WIDTH_PX: Final = 256  # the light on a board changes slowly
SHADE_SPREAD: Final = 0.09  # of that width: wider than the widest stroke, narrower than a lamp's reflection
PAPER: Final = 245  # grey level of the cleaned board
INK_GAMMA: Final = 1.9  # darkens what is left of faint strokes


def find_outline(picture: Picture) -> Quad | None:
    """Where the board is, or None when nothing looks like one. 10 ms for any size of picture."""
    height, width = picture.shape[:2]
    scale = min(1.0, LOOK_WIDTH_PX / width)
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    small = cv2.resize(picture, size, interpolation=cv2.INTER_AREA)
    grey = np.asarray(cv2.cvtColor(small, cv2.COLOR_BGR2GRAY), np.uint8)
    best, outline = 0.0, None
    for patch in _patches(grey):
        found = _outline_of(patch, size)
        if found is not None and found.worth > best:
            best, outline = found.worth, found.corners / size
    return None if outline is None else np.clip(outline, 0.0, 1.0)


@dataclass(frozen=True)
class _Found:
    corners: Quad  # in pixels
    worth: float


def _patches(grey: Picture) -> Iterator[npt.NDArray[Any]]:
    """The outer contours of everything brighter, and of everything darker, than each of some levels."""
    low, high = np.percentile(grey, (2, 98))
    least = LEAST_AREA * grey.size * LEAST_FILL
    for level in np.linspace(low, high, THRESHOLDS + 2)[1:-1]:
        for kind in (cv2.THRESH_BINARY, cv2.THRESH_BINARY_INV):
            _, mask = cv2.threshold(grey, float(level), 255, kind)
            contours, _ = cv2.findContours(mask, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
            yield from (contour for contour in contours if cv2.contourArea(contour) >= least)


def _outline_of(contour: npt.NDArray[Any], size: tuple[int, int]) -> _Found | None:
    hull = cv2.convexHull(contour)
    around = cv2.approxPolyDP(hull, 0.008 * cv2.arcLength(hull, True), True)[:, 0].astype(np.float64)
    if len(around) < 4:
        return None
    points = contour[:, 0].astype(np.float64)
    sides = list(pairwise([*around, around[0]]))
    supports = [_support_px(points, start, end) for start, end in sides]
    chosen = sorted(sorted(range(len(sides)), key=lambda side: -supports[side])[:4])
    cut = [side for side in chosen if _is_frame(*sides[side], size)]
    corners = _meet([sides[side] for side in chosen])
    if corners is None or len(cut) > MOST_CUT or not _is_board(corners, size):
        return None
    area = float(cv2.contourArea(corners.astype(np.float32)))
    lengths = np.linalg.norm(corners - np.roll(corners, 1, axis=0), axis=1)  # of each chosen side, between its corners
    whole = [place for place, side in enumerate(chosen) if side not in cut]
    support = sum(supports[chosen[place]] for place in whole) / float(lengths[whole].sum())
    fill = float(cv2.contourArea(contour)) / area
    if support < LEAST_SUPPORT or fill < LEAST_FILL:
        return None
    off = np.linalg.norm(corners.mean(axis=0) - np.array(size) / 2) / (math.hypot(*size) / 2)
    central = math.exp(-((float(off) / CENTRE_SPREAD) ** 2))
    return _Found(_from_top_left(corners), min(1.0, support) * min(1.0, fill) * central * math.sqrt(area))


def _is_frame(start: npt.NDArray[Any], end: npt.NDArray[Any], size: tuple[int, int]) -> bool:
    """Whether a side is the picture's own edge and not one of the board."""
    ends, last = np.array([start, end]), np.array(size) - 1
    return bool((ends <= EDGE_PX).all(axis=0).any() or (ends >= last - EDGE_PX).all(axis=0).any())


def _support_px(points: Quad, start: npt.NDArray[Any], end: npt.NDArray[Any]) -> float:
    """How much of a side has contour along it, in pixels."""
    along = end - start
    length = float(np.hypot(*along))
    if length < 1.0:
        return 0.0
    offset = points - start
    distance = np.abs(offset[:, 0] * along[1] - offset[:, 1] * along[0]) / length
    place = (offset @ along)[distance < EDGE_PX] / length
    return float(len(np.unique(place[(place >= 0) & (place <= length)].astype(int))))


def _meet(sides: list[tuple[npt.NDArray[Any], npt.NDArray[Any]]]) -> Quad | None:
    """Where four lines meet, each with the next."""
    lines = [np.cross([*start, 1.0], [*end, 1.0]) for start, end in sides]
    corners = []
    for line, following in pairwise([*lines, lines[0]]):
        x, y, w = np.cross(line, following)
        if abs(w) < 1e-9:
            return None
        corners.append((x / w, y / w))
    return np.array(corners)


def _is_board(corners: Quad, size: tuple[int, int]) -> bool:
    """Four corners of about a right angle each, within the picture, neither too small nor all of it."""
    margin = 0.05 * np.array(size)
    if (corners < -margin).any() or (corners > size + margin).any():
        return False
    if not cv2.isContourConvex(corners.astype(np.float32)):
        return False
    before, after = np.roll(corners, 1, axis=0) - corners, np.roll(corners, -1, axis=0) - corners
    lengths = np.linalg.norm(before, axis=1) * np.linalg.norm(after, axis=1)
    angles = np.degrees(np.arccos(np.clip((before * after).sum(axis=1) / np.maximum(lengths, 1e-9), -1, 1)))
    share = cv2.contourArea(corners.astype(np.float32)) / (size[0] * size[1])
    return bool((angles > CORNER_DEG[0]).all() and (angles < CORNER_DEG[1]).all()) and LEAST_AREA < share < MOST_AREA


def _from_top_left(corners: Quad) -> Quad:
    """The same corners, clockwise on the screen from the one that is nearest to the top left."""
    middle = corners.mean(axis=0)
    turned = corners[np.argsort(np.arctan2(*(corners - middle).T[::-1]))]
    return np.roll(turned, -int(np.argmin(turned.sum(axis=1))), axis=0)


def can_be_rectified(corners: Quad) -> bool:
    """Whether four corners, given as shares, are an outline: in order, convex, and of some size."""
    area = float(cv2.contourArea(corners.astype(np.float32), oriented=True))
    return bool(cv2.isContourConvex(corners.astype(np.float32))) and area > LEAST_AREA / 10


def rectify(picture: Picture, corners: Quad, hfov_deg: float) -> Picture:
    """The board alone, seen from straight ahead, as fine as its nearer edges were. 45 ms for 12 megapixels.

    `hfov_deg` is the lens's horizontal angle of view. Raises ValueError for corners that are no outline.
    """
    if not can_be_rectified(corners):
        raise ValueError("four corners of a board go clockwise from the top left and span an area")
    height, width = picture.shape[:2]
    seen = corners * (width, height) - 0.5
    top, right, bottom, left = np.linalg.norm(np.roll(seen, -1, axis=0) - seen, axis=1)
    across, down = max(top, bottom), max(left, right)
    wide = round(min(max(across, 16.0), 2 * width))
    focal_px = width / 2 / math.tan(math.radians(hfov_deg / 2))
    aspect = _aspect(seen, (width, height), focal_px, across / max(down, 1.0))
    tall = round(min(max(wide / aspect, 16.0), 2 * height))
    flat = np.array([(0, 0), (wide, 0), (wide, tall), (0, tall)], np.float32) - np.float32(0.5)
    matrix = cv2.getPerspectiveTransform(seen.astype(np.float32), flat)
    straight = cv2.warpPerspective(
        picture, matrix, (wide, tall), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    )
    return np.asarray(straight, np.uint8)


def _aspect(seen: Quad, size: tuple[int, int], focal_px: float, as_seen: float) -> float:
    """Width to height of the board itself, from how its sides converge; `as_seen` where they make no sense.

    Zhang and He, "Whiteboard scanning and image enhancement" (2007), section 3.2, with the focal length known: it
    cannot be had from a board whose upright edges are parallel in the picture, which a level camera makes the rule.
    """
    m1, m2, m4, m3 = np.column_stack([seen - np.array(size) / 2, np.ones(4)])
    k2 = (np.cross(m1, m4) @ m3) / (np.cross(m2, m4) @ m3)
    k3 = (np.cross(m1, m4) @ m2) / (np.cross(m3, m4) @ m2)
    n2, n3 = k2 * m2 - m1, k3 * m3 - m1
    wide = math.hypot(n2[0] / focal_px, n2[1] / focal_px, n2[2])
    tall = math.hypot(n3[0] / focal_px, n3[1] / focal_px, n3[2])
    aspect = wide / tall
    return aspect if as_seen / MOST_SQUEEZED < aspect < as_seen * MOST_SQUEEZED else as_seen


def clearer(picture: Picture) -> Picture:
    """The same picture with the light on the board taken out: its ground white, its strokes darker, colours kept."""
    height, width = picture.shape[:2]
    small_width = min(width, SHADE_WIDTH_PX)
    small = cv2.resize(
        picture, (small_width, max(1, round(height * small_width / width))), interpolation=cv2.INTER_AREA
    )
    reach = max(3, round(SHADE_SPREAD * small_width) | 1)
    ground = cv2.morphologyEx(small, cv2.MORPH_CLOSE, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (reach, reach)))
    ground = cv2.max(cv2.GaussianBlur(ground, (0, 0), reach / 3), np.full_like(ground, 48))  # dark stays dark
    ground = cv2.resize(ground, (width, height), interpolation=cv2.INTER_LINEAR)
    even = cv2.divide(picture, ground, scale=PAPER)
    levels = np.arange(256) / PAPER
    curve = np.where(levels < 1, levels**INK_GAMMA, 1) * 255
    return np.asarray(cv2.LUT(even, np.clip(curve, 0, 255).astype(np.uint8)), np.uint8)
