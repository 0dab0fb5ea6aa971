"""The panorama with everything in it: what stands still, and over it what moves, painted anew where it has changed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from hardware_sim.room.panorama import Box, Grid, Picture
from hardware_sim.room.sprites import Sprite, column_of, pieces, toned

Bare = list[tuple[Box, Picture]]


@dataclass(frozen=True, slots=True)
class _Layer:
    """A sprite at its place, ready to be laid: its colour times its cover, and what stays of the rest (0..255)."""

    box: Box
    colour: Picture
    stays: Picture

    def lay(self, target: Picture, within: Box) -> None:
        """Over a panorama, in place, as far as it lies in a box."""
        common = self.box.common(within)
        if common is None:
            return
        part = common.seen_from(self.box).at
        beneath = target[common.at]
        cv2.multiply(beneath, self.stays[part], dst=beneath, scale=1 / 255)
        cv2.add(beneath, self.colour[part], dst=beneath)


class Stage:
    """The finished panorama, and what moves in it.

    `open_to` is 255 where nothing stands in front of a sprite that is `behind`, and 0 where something does.
    """

    def __init__(self, grid: Grid, panorama: Picture, open_to: Picture) -> None:
        self.grid, self.panorama, self._open_to = grid, panorama, open_to
        self._tone: Picture | None = None
        self._played = panorama.copy()
        self._laid: dict[tuple[Sprite, int], list[_Layer]] = {}
        self._painted: list[Box] = []
        self._changed: list[Box] = []

    @property
    def tone(self) -> Picture | None:
        """The light in which sprites are seen (see `sprites.toned`)."""
        return self._tone

    def relight(self, tone: Picture | None) -> None:
        """Sprites are seen in this light from now on, and all of `panorama` is painted in it before the next `play`."""
        self._tone, self._laid = tone, {}
        self._painted = [Box(0, 0, self.grid.width, self.grid.height)]

    def hang(self, sprite: Sprite, azimuth_deg: float) -> Bare:
        """Paint a sprite into what stands still, as bright as it is. Returns what was there, for `take_down`."""
        bare = []
        for layer in self._layers(sprite, azimuth_deg, None):
            bare.append((layer.box, self.panorama[layer.box.at].copy()))
            layer.lay(self.panorama, layer.box)
            self._painted.append(layer.box)
        return bare

    def take_down(self, bare: Bare) -> None:
        """Put back what was there before a sprite was hung."""
        for box, before in bare:
            self.panorama[box.at] = before
            self._painted.append(box)

    def play(self, cast: Sequence[tuple[Sprite, float]]) -> Picture:
        """The panorama with these sprites at their azimuths, later ones over earlier ones.

        It is the stage's own and good until the next call. Two sprites that are in both casts keep their order.
        """
        laid: dict[tuple[Sprite, int], list[_Layer]] = {}
        for sprite, azimuth_deg in cast:
            key = sprite, column_of(self.grid, sprite, azimuth_deg)
            laid[key] = self._laid.get(key) or self._layers(sprite, azimuth_deg, self._tone)
        moved = [*(self._laid[key] for key in self._laid.keys() - laid.keys())]
        moved += [laid[key] for key in laid.keys() - self._laid.keys()]
        stale = merged([*self._painted, *(layer.box for layers in moved for layer in layers)])
        for box in stale:
            self._played[box.at] = self.panorama[box.at]
            for layers in laid.values():
                for layer in layers:
                    layer.lay(self._played, box)
        self._laid, self._painted = laid, []
        self._changed = merged([*self._changed, *stale])
        return self._played

    def changed(self) -> list[Box]:
        """Where what was played differs from what it was when this was asked last."""
        changed, self._changed = self._changed, []
        return changed

    def _layers(self, sprite: Sprite, azimuth_deg: float, tone: Picture | None) -> list[_Layer]:
        layers = []
        for rows, columns, part in pieces(self.grid, sprite, azimuth_deg):
            image = toned(part, tone)
            cover = np.asarray(cv2.extractChannel(image, 3), np.uint8)
            if sprite.behind:
                cover = np.asarray(cv2.min(cover, self._open_to[rows, columns]), np.uint8)
            thrice = cv2.cvtColor(cover, cv2.COLOR_GRAY2BGR)
            colour = cv2.multiply(cv2.cvtColor(image, cv2.COLOR_BGRA2BGR), thrice, scale=1 / 255)
            box = Box(columns.start, rows.start, columns.stop, rows.stop)
            layers.append(_Layer(box, np.asarray(colour, np.uint8), np.asarray(cv2.bitwise_not(thrice), np.uint8)))
        return layers


def merged(boxes: Iterable[Box]) -> list[Box]:
    """Boxes that cover all of these; no two of them overlap."""
    apart: list[Box] = []
    for box in boxes:
        while overlapping := [other for other in apart if other.common(box) is not None]:
            for other in overlapping:
                apart.remove(other)
                box = box.around(other)
        apart.append(box)
    return apart
