"""The screen beside the board: the slides of the course, and beneath them the other municipalities that listen."""

from dataclasses import dataclass
from functools import cache
from typing import Final

import cv2
import numpy as np

from hardware_sim.room.layout import FRONT_Z, SCREEN
from hardware_sim.room.panorama import Grid, Painter, direction, sample
from hardware_sim.room.sprites import Sprite
from hardware_sim.room.textures import Picture, framed, plain, rgb, text

PPM: Final = 300  # at 16 pixels a degree
SLIDE_SHARE: Final = 0.76  # of the screen's height
PLACES: Final = ("Rødøy", "Herøy", "Brønnøy", "Træna")


@dataclass(frozen=True, slots=True)
class Slide:
    """A title and three lines, short enough to be read across the room."""

    title: str
    lines: tuple[str, str, str]
    colour: int


SLIDES: Final = (
    Slide("Velkommen!", ("Treff 3 av 6", "Leve godt med sykdom", "Kl. 10 til 12"), 0x1F6F78),
    Slide("Krefter", ("Dagene er ulike", "Pause i god tid", "Hvile er lov"), 0x2E6DA4),
    Slide("Små mål", ("Noe du får til", "Noe du gleder deg til", "Skriv det ned"), 0x4B7A2E),
    Slide("Kaffe", ("Vi møtes igjen", "klokka 11.15", "Velkommen tilbake"), 0x8A4B2A),
    Slide("Spørsmål?", ("Rekk opp hånda", "eller bare lytt", "Alle spør vi litt"), 0x6A4C93),
)
"""As `program.SCENES` numbers them."""


def draw(ppm: float, width_m: float, height_m: float, number: int) -> Picture:
    """The whole screen with one slide."""
    w, h = round(width_m * ppm), round(height_m * ppm)
    picture = plain(w, h, rgb(0x10202B))
    below = round(h * SLIDE_SHARE)
    _slide(picture[:below], SLIDES[number], number)
    tints = (0x35586B, 0x4B6B58, 0x6B5A44, 0x51506F)
    edge = max(1, h // 120)
    for index, (place, tint) in enumerate(zip(PLACES, tints, strict=True)):
        tile = picture[below + edge : h - edge, index * w // 4 + edge : (index + 1) * w // 4 - edge]
        _small_room(tile, rgb(tint), index)
        text(tile, place, (tile.shape[1] * 0.06, tile.shape[0] * 0.93), tile.shape[0] * 0.2, (255, 255, 255), 500)
    return framed(picture, round(0.022 * ppm), rgb(0x17191B))


def _slide(picture: Picture, slide: Slide, number: int) -> None:
    height, width = picture.shape[:2]
    picture[:] = (247, 250, 252)
    band = round(height * 0.3)
    cv2.rectangle(picture, (0, 0), (width, band), rgb(slide.colour), -1)
    text(picture, slide.title, (width * 0.06, band * 0.72), height * 0.19, (255, 255, 255), 650)
    for index, line in enumerate(slide.lines):
        text(picture, line, (width * 0.06, height * (0.49 + 0.18 * index)), height * 0.125, rgb(0x1D2528), 500)
    for dot in range(len(SLIDES)):
        at = (round(width * (0.72 + 0.05 * dot)), round(height * 0.955))
        ink = rgb(slide.colour) if dot == number else rgb(0xC9CED1)
        cv2.circle(picture, at, max(1, round(height * 0.014)), ink, -1, cv2.LINE_AA)


def _small_room(tile: Picture, tint: tuple[int, int, int], seed: int) -> None:
    height, width = tile.shape[:2]
    ramp = np.linspace(1.35, 0.8, height, dtype=np.float32)[:, None, None]
    tile[:] = np.clip(np.array(tint, np.float32) * ramp, 0, 255)
    rng = np.random.default_rng(seed + 5)
    skins = (0xE8BE9F, 0xD9A583, 0xF0CDB4)
    for index in range(3):
        x = width * (0.22 + 0.28 * index)
        head = (round(x), round(height * rng.uniform(0.40, 0.48)))
        clothes = tuple(int(c) for c in rng.integers(60, 190, 3))
        body = (head[0], round(height * 0.98))
        cv2.ellipse(tile, body, (round(width * 0.11), round(height * 0.36)), 0, 180, 360, clothes, -1, 16)
        hair = rgb((0x6B4A32, 0xC9C4BC, 0x2E2622)[int(rng.integers(3))])
        cv2.ellipse(tile, (head[0], head[1] - height // 30), (width // 17, height // 8), 0, 0, 360, hair, -1, 16)
        face = (width // 21, height // 9)
        cv2.ellipse(tile, (head[0], head[1] + height // 40), face, 0, 0, 360, rgb(skins[index]), -1, 16)


class Screen:
    """The screen as a sprite of the panorama, one for each slide, made when it is first asked for."""

    def __init__(self, grid: Grid) -> None:
        left, top, right, bottom = SCREEN
        self._ppm = PPM * grid.ppd / 16
        self._size_m = right - left, top - bottom
        self._corner = np.array((left, top, FRONT_Z))
        self._along, self._down = np.array((right - left, 0.0, 0.0)), np.array((0.0, bottom - top, 0.0))
        self._painter = Painter(grid, blank=True)
        self._box = self._painter.boxes(self._corner, self._along, self._down)[0]
        self.azimuth_deg = direction(((left + right) / 2, (top + bottom) / 2, FRONT_Z))[0]
        self._left = self._box[0] - round(grid.column(self.azimuth_deg) + 0.5)
        self.sprite = cache(self._make)

    def _make(self, number: int) -> Sprite:
        picture = draw(self._ppm, *self._size_m, number)
        maps = self._painter.locate(self._corner, self._along, self._down, picture, self._box)
        return Sprite(sample(picture, *maps), self._left, self._box[2], behind=True)
