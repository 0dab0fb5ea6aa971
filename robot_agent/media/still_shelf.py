"""The stills that are kept, and what is sent of them. Pure: time is an argument, in monotonic seconds.

A still is kept whole, in memory alone, for KEEP_S; parts of it are cut out, straightened and encoded on demand.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from typing import Final, Literal

import cv2
import numpy as np

from protocol.stills import KEEP_S, Corner, Look, Outline, Region
from robot_agent.media.board import Picture, Quad, clearer, find_outline, rectify

MAX_KEPT: Final = 2  # the newest and the one before it; 37 MB each at 12 megapixels
JPEG_QUALITY: Final = 85  # at once: 27 ms for 12 megapixels
WEBP_QUALITY: Final = 80  # half the bytes for ten times the work: for lines where the work is less than the wait
MediaType = Literal["image/jpeg", "image/webp"]


class StillLookError(ValueError):
    """What was asked for cannot be done with this picture; the text says why."""


@dataclass(frozen=True, slots=True)
class Part:
    """An encoded part of a still. `region` is on whole pixels of `full_size` (width, height), `look` as it was done."""

    data: bytes
    media_type: MediaType
    size: tuple[int, int]
    region: Region
    full_size: tuple[int, int]
    look: Look


class KeptStill:
    """One still and the way it was last shown. Not safe from two threads at a time."""

    def __init__(self, number: int, taken_s: float, picture: Picture, hfov_deg: float) -> None:
        self.number = number
        self.taken_s = taken_s
        self._picture = picture
        self._hfov_deg = hfov_deg
        self._asked: Look | None = None
        self._shown = picture
        self._done = Look()

    def part(self, look: Look, region: Region, width_px: int, media_type: MediaType) -> Part:
        """A part as it is to be shown, at most `width_px` wide and never wider than it was seen.

        Raises StillLookError for corners that are no outline. Takes up to half a second: for a worker thread.
        """
        if look != self._asked:
            self._shown, self._done = _as_looked_at(self._picture, look, self._hfov_deg)
            self._asked = look
        height, width = self._shown.shape[:2]
        left, top, right, bottom = _whole_pixels(region, width, height)
        cut = self._shown[top:bottom, left:right]
        if cut.shape[1] > width_px:
            tall = max(1, round(cut.shape[0] * width_px / cut.shape[1]))
            cut = np.asarray(cv2.resize(cut, (width_px, tall), interpolation=cv2.INTER_AREA), np.uint8)
        exact = Region(
            left=left / width, top=top / height, width=(right - left) / width, height=(bottom - top) / height
        )
        size = int(cut.shape[1]), int(cut.shape[0])
        return Part(_encoded(cut, media_type), media_type, size, exact, (width, height), self._done)


class StillShelf:
    """At most MAX_KEPT stills, none older than KEEP_S."""

    def __init__(self) -> None:
        self._kept: OrderedDict[int, KeptStill] = OrderedDict()
        self._next = 0

    def put(self, picture: Picture, now_s: float, hfov_deg: float) -> KeptStill:
        """Keep a picture (h, w, 3) BGR that was just taken; the oldest makes room."""
        still = KeptStill(self._next, now_s, picture, hfov_deg)
        self._next += 1
        self._kept[still.number] = still
        while len(self._kept) > MAX_KEPT:
            self._kept.popitem(last=False)
        return still

    def get(self, number: int, now_s: float) -> KeptStill | None:
        """A still that is kept; None when it never was or its time is over."""
        self.forget_old(now_s)
        return self._kept.get(number)

    def forget_old(self, now_s: float) -> float | None:
        """Drop those whose time is over; how long the next one has, None when nothing is kept."""
        while self._kept and (left_s := left(next(iter(self._kept.values())), now_s)) <= 0.0:
            self._kept.popitem(last=False)
        return left_s if self._kept else None

    def clear(self) -> None:
        """Nothing is kept any more."""
        self._kept.clear()


def left(still: KeptStill, now_s: float) -> float:
    """Seconds that a still is kept for."""
    return max(0.0, still.taken_s + KEEP_S - now_s)


def _as_looked_at(picture: Picture, look: Look, hfov_deg: float) -> tuple[Picture, Look]:
    corners = None
    if look.rectify:
        corners = find_outline(picture) if look.outline is None else _quad(look.outline)
    if corners is not None:
        try:
            picture = rectify(picture, corners, hfov_deg)
        except ValueError as error:
            if look.outline is not None:
                raise StillLookError(str(error)) from error
            corners = None
    shown = clearer(picture) if look.contrast else picture
    outline = None if corners is None else _outline(corners)
    return shown, Look(rectify=outline is not None, outline=outline, contrast=look.contrast)


def _quad(outline: Outline) -> Quad:
    corners = (outline.top_left, outline.top_right, outline.bottom_right, outline.bottom_left)
    return np.array([(corner.x, corner.y) for corner in corners])


def _outline(corners: Quad) -> Outline:
    one, two, three, four = (Corner(x=float(x), y=float(y)) for x, y in corners)
    return Outline(top_left=one, top_right=two, bottom_right=three, bottom_left=four)


def _whole_pixels(region: Region, width: int, height: int) -> tuple[int, int, int, int]:
    """Left, top, right, bottom of the pixels that a region touches; at least one pixel each way."""
    left = min(int(region.left * width), width - 1)
    top = min(int(region.top * height), height - 1)
    right = min(width, max(left + 1, int(np.ceil((region.left + region.width) * width))))
    bottom = min(height, max(top + 1, int(np.ceil((region.top + region.height) * height))))
    return left, top, right, bottom


def _encoded(picture: Picture, media_type: MediaType) -> bytes:
    if media_type == "image/jpeg":
        ok, data = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY])
    else:
        ok, data = cv2.imencode(".webp", picture, [cv2.IMWRITE_WEBP_QUALITY, WEBP_QUALITY])
    if not ok:
        raise StillLookError("the picture cannot be encoded; ask for a smaller part of it")
    return bytes(data)
