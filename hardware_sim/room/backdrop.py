"""What does not move, as the light and the slide make it: painted anew when one of them changes, not for each picture.

At dusk and in the dark the camera opens up as far as it can: the room is darker all the same, and what the sensor adds
by itself is seen. The lamps flicker at twice the mains' 50 Hz; a shutter that rolls down the picture in a thirtieth of
a second makes bands of it, and daylight drowns them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

import cv2
import numpy as np
import numpy.typing as npt

from hardware_sim.room import textures
from hardware_sim.room.director import Light
from hardware_sim.room.exposure import EXPOSURES
from hardware_sim.room.panorama import Painter, Picture, sample
from hardware_sim.room.screen import Screen
from hardware_sim.room.sprites import toned
from hardware_sim.room.stage import Bare, Stage

DAY_NOISE_LEVELS: Final = 3  # of the sensor by day: 0, 1 or 2 grey levels
SPARE_PX: Final = 64  # by which the day's tile is larger than a picture, which shows another part of it each time
TILES: Final = 6  # three phases of the lamps, twice
TILES_PER_S: Final = 30
FLICKER_HZ: Final = 100.0
SAME: Final = 3  # grey levels by which what is seen of a window may differ from its picture


@dataclass(frozen=True)
class Pane:
    """A window: where it is and what it looks like by day; `glass` is True where one looks through it."""

    corner: npt.NDArray[Any]
    along: npt.NDArray[Any]
    down: npt.NDArray[Any]
    picture: Picture
    glass: npt.NDArray[np.bool_]


class Backdrop:
    """The panorama on a stage, ready for people. Belongs to whoever may paint on the stage."""

    def __init__(self, stage: Stage, screen: Screen, panes: Sequence[Pane]) -> None:
        self._stage, self._screen, self._panes = stage, screen, panes
        self._day: Picture | None = None
        self._light: Light = "day"
        self._slide: int | None = None
        self._bare: Bare = []

    def become(self, light: Light, slide: int) -> None:
        """In this light, with this slide on the screen."""
        if light != self._light:
            self._take_down()
            self._relight(light)
        if slide != self._slide:
            self._take_down()
            self._hang(slide)

    def _hang(self, slide: int) -> None:
        self._bare = self._stage.hang(self._screen.sprite(slide), self._screen.azimuth_deg)
        self._slide = slide

    def _take_down(self) -> None:
        self._stage.take_down(self._bare)
        self._bare, self._slide = [], None

    def _relight(self, light: Light) -> None:
        if self._day is None:
            self._day = self._stage.panorama.copy()
        table = None if light == "day" else EXPOSURES[light].table()
        self._stage.relight(table)
        self._light = light
        if table is None:
            self._stage.panorama[:] = self._day
            return
        self._stage.panorama[:] = toned(self._day, table)
        painter = Painter(self._stage.grid, blank=True)
        for pane in self._panes:
            self._darken(painter, pane, self._day, table, EXPOSURES[light].outside)

    def _darken(
        self, painter: Painter, pane: Pane, day: Picture, table: Picture, outside: tuple[float, float, float]
    ) -> None:
        """Evening behind one window, as far as nothing hides it."""
        evening = toned(pane.picture, table)
        sky = textures.shaded(pane.picture, np.broadcast_to(np.array(outside), pane.picture.shape))
        evening[pane.glass] = sky[pane.glass]
        for box in painter.boxes(pane.corner, pane.along, pane.down):
            first, last, top, bottom = box
            maps = painter.locate(pane.corner, pane.along, pane.down, pane.picture, box)
            by_day, now = sample(pane.picture, *maps), sample(evening, *maps)
            apart = cv2.absdiff(np.ascontiguousarray(by_day[:, :, :3]), day[top:bottom, first:last])
            seen = (apart.max(axis=2) <= SAME) & (by_day[:, :, 3] == 255)
            self._stage.panorama[top:bottom, first:last][seen] = now[:, :, :3][seen]


class Grain:
    """What the sensor and the lamps add to every picture, made when a light is first seen."""

    def __init__(self, width: int, height: int, seed: int) -> None:
        self._width, self._height, self._seed = width, height, seed
        self._tiles = cache(self._make)
        self._tiles("day")

    def at(self, light: Light, t_s: float) -> Picture:
        """To be added to a picture at this time."""
        tiles, number = self._tiles(light), int(t_s * TILES_PER_S)
        if light != "day":
            return tiles[number % len(tiles)]
        top, left = 37 * number % SPARE_PX, 53 * number % SPARE_PX
        return tiles[0][top : top + self._height, left : left + self._width]

    def _make(self, light: Light) -> list[Picture]:
        rng, size = np.random.default_rng(self._seed), (self._height, self._width, 3)
        if light == "day":
            size = (self._height + SPARE_PX, self._width + SPARE_PX, 3)
            return [rng.integers(0, DAY_NOISE_LEVELS, size, dtype=np.uint8)]
        exposure = EXPOSURES[light]
        grain = rng.standard_normal(size, np.float32) * np.float32(exposure.noise)
        tiles = []
        for number in range(TILES):
            turns = (np.arange(self._height) / self._height + number) * FLICKER_HZ / TILES_PER_S
            bands = exposure.flicker * np.sin(2 * np.pi * turns) + exposure.mean
            moved = np.roll(grain, (173 * number, 311 * number), (0, 1)) + bands.astype(np.float32)[:, None, None]
            tiles.append(np.asarray(np.clip(np.rint(moved), 0, 255), np.uint8))
        return tiles
