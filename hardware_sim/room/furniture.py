"""The room itself: walls, floor, ceiling, what hangs on them, tables and what lies on them, painted once."""

import math
from typing import Final

import cv2
import numpy as np

from hardware_sim.room import textures
from hardware_sim.room.backdrop import Pane
from hardware_sim.room.figure import Ellipsoid, Limb, Solid, scaled
from hardware_sim.room.layout import (
    BACK_Z,
    BOARD,
    CEILING_Y,
    DOOR_TOP_Y,
    DOOR_Z,
    FLOOR_PLANTS,
    FLOOR_Y,
    FRONT_Z,
    LAMPS,
    LEFT_X,
    RIGHT_X,
    SCREEN,
    SILL_DEPTH_M,
    TABLE_Y,
    TABLES,
    WINDOW_SILL_Y,
    WINDOW_TOP_Y,
    WINDOWS_Z,
)
from hardware_sim.room.light import lit, shadows_on_floor
from hardware_sim.room.panorama import Painter, Point, blend
from hardware_sim.room.textures import Picture, plain, rgb

WALL: Final = 0xEDE8DF
FRONT_WALL: Final = 0xA9C0BE
TABLE_WOOD: Final = 0xDDBE93
TABLE_EDGE_M: Final = 0.028
Place = tuple[float, float, float]


class Furnisher:
    """Paints surfaces whose textures get finer with the panorama: `fine` is 1 at 16 pixels a degree."""

    def __init__(self, painter: Painter) -> None:
        self.painter = painter
        self.fine = painter.grid.ppd / 16
        self.panes: list[Pane] = []
        self._fjord = textures.fjord(round(2000 * self.fine), round(580 * self.fine))

    def put(self, corner: Point, right: Point, down: Point, texture: Picture, corners: bool = False) -> None:
        self.painter.surface(corner, right, down, lit(texture, corner, right, down, corners))

    def glow(self, corner: Point, right: Point, down: Point, texture: Picture) -> None:
        """Something that gives light of its own, or is seen by other light than the room's."""
        self.painter.surface(corner, right, down, texture)

    def walls(self) -> None:
        """Everything behind the tables and the people."""
        self.shell()
        self.front_wall()
        self.windows()
        self.right_wall()
        self.back_wall()

    def _postcard(self, number: int) -> Picture:
        """One of four parts of the view for a poster."""
        height, width = self._fjord.shape[:2]
        start = number * (width - round(1.5 * height)) // 3
        return self._fjord[:, start : start + round(1.5 * height)]

    # The shell.

    def shell(self) -> None:
        wide, deep, high = RIGHT_X - LEFT_X, FRONT_Z - BACK_Z, CEILING_Y - FLOOR_Y
        ppm = 200 * self.fine
        oak = shadows_on_floor(textures.floor(ppm, wide, deep), ppm)
        self.put((LEFT_X, FLOOR_Y, FRONT_Z), (wide, 0, 0), (0, 0, -deep), oak, True)
        tiles = textures.ceiling(140 * self.fine, wide, deep)
        self.put((LEFT_X, CEILING_Y, FRONT_Z), (wide, 0, 0), (0, 0, -deep), tiles, True)
        down = (0.0, -high, 0.0)
        self.put((LEFT_X, CEILING_Y, FRONT_Z), (wide, 0, 0), down, self._wall(wide, high, FRONT_WALL), True)
        self.put((LEFT_X, CEILING_Y, BACK_Z), (0, 0, deep), down, self._wall(deep, high, WALL), True)
        self.put((RIGHT_X, CEILING_Y, FRONT_Z), (0, 0, -deep), down, self._wall(deep, high, WALL), True)
        self.put((RIGHT_X, CEILING_Y, BACK_Z), (-wide, 0, 0), down, self._wall(wide, high, WALL), True)
        panel = textures.lamp(120 * self.fine, 1.15, 0.55)
        for x, z in LAMPS:
            self.glow((x - 0.575, CEILING_Y - 0.01, z + 0.275), (1.15, 0, 0), (0, 0, -0.55), panel)

    def _wall(self, width: float, height: float, colour: int) -> Picture:
        ppm = 110 * self.fine
        w, h = round(width * ppm), round(height * ppm)
        picture = textures.shaded(plain(w, h, rgb(colour)), 1 + 0.006 * textures.soft_noise(h, w, (2, 2), 21))
        cv2.rectangle(picture, (0, h - round(0.09 * ppm)), (w, h), rgb(0xF2EFE8), -1)
        cv2.line(picture, (0, h - round(0.09 * ppm)), (w, h - round(0.09 * ppm)), rgb(0xC9C4BA), 1)
        return picture

    # What hangs on the walls.

    def front_wall(self) -> None:
        left, top, right, bottom = BOARD
        picture = textures.board(420 * self.fine, right - left, top - bottom)
        self._shadow(BOARD)
        self.put((left, top, FRONT_Z), (right - left, 0, 0), (0, bottom - top, 0), picture)
        self._shadow(SCREEN)
        tray = plain(200, 8, rgb(0xB4BABF))
        for x, colour in ((60, 0xB0302F), (84, 0x1E5AA8), (108, 0x1F7A3D)):
            cv2.line(tray, (x, 3), (x + 12, 3), rgb(colour), 3)
        self.put((-0.9, BOARD[3] + 0.005, FRONT_Z - 0.03), (1.5, 0, 0), (0, -0.04, 0), tray)

    def _shadow(self, box: tuple[float, float, float, float]) -> None:
        """The soft shadow of something flat on the front wall."""
        left, top, right, bottom = box
        spread = 0.09
        w, h = round((right - left + 2 * spread) * 60), round((top - bottom + 2 * spread) * 60)
        shade = np.zeros((h, w, 4), np.uint8)
        inner = round(spread * 60)
        cv2.rectangle(shade, (inner + 2, inner + 3), (w - inner + 2, h - inner + 2), (0, 0, 0, 105), -1)
        shade = np.asarray(cv2.GaussianBlur(shade, (0, 0), 3.2), np.uint8)
        corner = (left - spread, top + spread, FRONT_Z)
        self.glow(corner, (right - left + 2 * spread, 0, 0), (0, bottom - top - 2 * spread, 0), shade)

    def windows(self) -> None:
        high = WINDOW_TOP_Y - WINDOW_SILL_Y
        ppm = 300 * self.fine
        span = WINDOWS_Z[0][0] - WINDOWS_Z[-1][1]
        for index, (far, near) in enumerate(WINDOWS_Z):
            first = (near - WINDOWS_Z[-1][1]) / span * self._fjord.shape[1]
            last = (far - WINDOWS_Z[-1][1]) / span * self._fjord.shape[1]
            outside = self._fjord[:, round(first) : round(last)]
            pane = textures.window(ppm, far - near, high, outside)
            corner, along, down = (LEFT_X, WINDOW_TOP_Y, near), (0, 0, far - near), (0, -high, 0)
            self.glow(corner, along, down, pane)
            bars = textures.window(ppm, far - near, high, plain(2, 2, (0, 0, 0)))
            self.panes.append(Pane(np.array(corner), np.array(along), np.array(down), pane, bars.max(axis=2) == 0))
            sill = plain(100, 10, rgb(0xF3F0E9))
            start, length = near - 0.06, (0, 0, far - near + 0.12)
            self.put((LEFT_X + SILL_DEPTH_M, WINDOW_SILL_Y, start), length, (0, -0.035, 0), sill)
            self.put((LEFT_X, WINDOW_SILL_Y, start), length, (SILL_DEPTH_M, 0, 0), sill)
            for side, z in enumerate((near - 0.22, far - 0.06)):
                cloth = textures.curtain(ppm * 0.6, 0.28, high + 0.42, index * 2 + side)
                self.put((LEFT_X + 0.09, WINDOW_TOP_Y + 0.14, z), (0, 0, 0.28), (0, -high - 0.42, 0), cloth)

    def right_wall(self) -> None:
        far, near = DOOR_Z
        door = textures.door(240 * self.fine, far - near, DOOR_TOP_Y - FLOOR_Y)
        self.put((RIGHT_X, DOOR_TOP_Y, far), (0, 0, near - far), (0, FLOOR_Y - DOOR_TOP_Y, 0), door)
        sign = textures.exit_sign(420 * self.fine, 0.5, 0.2)
        middle = (far + near) / 2
        self.glow((RIGHT_X - 0.02, DOOR_TOP_Y + 0.28, middle + 0.25), (0, 0, -0.5), (0, -0.2, 0), sign)
        posters = (
            (3.55, ("Frisklivssentralen", "Gå tur sammen", "tirsdag kl. 11 på torget"), 0x2C6E63),
            (2.45, ("Du er ikke alene", "Likepersoner i kommunen", "Ring oss på dagtid"), 0xA4502F),
            (-1.2, ("Kaffe og prat", "Helgeland frivilligsentral", "hver torsdag kl. 12"), 0x365E8C),
        )
        for number, (z, lines, colour) in enumerate(posters):
            scene = self._postcard(number + 1)
            picture = textures.poster(330 * self.fine, 0.66, 0.92, lines, colour, scene)
            self.put((RIGHT_X, 0.78, z), (0, 0, -0.66), (0, -0.92, 0), picture)

    def back_wall(self) -> None:
        picture = textures.poster(
            330 * self.fine, 1.1, 0.8, ("Velkommen til Vefsn", "Mestringstreff"), 0x35577D, self._postcard(0)
        )
        self.put((0.4, 0.95, BACK_Z), (-1.1, 0, 0), (0, -0.8, 0), picture)
        shelf = self._bookshelf()
        self.put((2.45, 0.55, BACK_Z + 0.02), (-1.4, 0, 0), (0, FLOOR_Y - 0.55, 0), shelf)
        rail = plain(160, 6, rgb(0x8A6B48))
        self.put((-0.95, 0.45, BACK_Z + 0.03), (-1.5, 0, 0), (0, -0.06, 0), rail)
        coats = ((-1.05, 0x31465C), (-1.38, 0x8C3B3B), (-1.72, 0x5E6B4A), (-2.06, 0xB98C3C))
        for index, (x, colour) in enumerate(coats):
            self.put((x, 0.4, BACK_Z + 0.06), (-0.34, 0, 0), (0, -0.95, 0), self._coat(colour, index))

    def _bookshelf(self) -> Picture:
        ppm, rng = 220 * self.fine, np.random.default_rng(17)
        w, h = round(1.4 * ppm), round(1.7 * ppm)
        picture = plain(w, h, rgb(0x6E5238))
        covers = (0xA03A32, 0x2E5C86, 0xD9B75A, 0x4B7A52, 0xE6E1D6, 0x6A4C7A, 0xC97B3D, 0x37424C)
        for row in range(4):
            top, bottom = round((0.04 + row * 0.415) * ppm), round((0.40 + row * 0.415) * ppm)
            cv2.rectangle(picture, (round(0.04 * ppm), top), (w - round(0.04 * ppm), bottom), rgb(0x4A3725), -1)
            x = 0.05 * ppm
            while x < w - 0.12 * ppm:
                thick, tall = rng.uniform(0.025, 0.06) * ppm, rng.uniform(0.6, 0.92)
                colour = rgb(covers[int(rng.integers(len(covers)))])
                start = (round(x), round(bottom - (bottom - top) * tall))
                if rng.random() > 0.12:
                    cv2.rectangle(picture, start, (round(x + thick) - 1, bottom), colour, -1)
                    edge = (round(x + thick) - 1, start[1]), (round(x + thick) - 1, bottom)
                    cv2.line(picture, *edge, rgb(0x3A2B1E), 1)
                x += thick
        return picture

    def _coat(self, colour: int, seed: int) -> Picture:
        ppm = 200 * self.fine
        w, h = round(0.34 * ppm), round(0.95 * ppm)
        picture = np.zeros((h, w, 4), np.uint8)
        folds = (
            1 + 0.16 * np.sin(np.linspace(0, 9, w) + seed)[None, :] + 0.05 * textures.soft_noise(h, w, (9, h / 3), seed)
        )
        picture[:, :, :3] = textures.shaded(plain(w, h, rgb(colour)), folds)
        outline = [
            (0.5, 0.0),
            (0.62, 0.03),
            (0.95, 0.12),
            (0.98, 0.6),
            (0.86, 0.98),
            (0.14, 0.98),
            (0.02, 0.6),
            (0.05, 0.12),
        ]
        mask = np.zeros((h, w), np.uint8)
        cv2.fillPoly(mask, [np.rint(np.array(outline) * (w, h)).astype(int)], 255, cv2.LINE_AA)
        picture[:, :, 3] = cv2.GaussianBlur(mask, (0, 0), 1)
        return picture

    # Tables.

    def tables(self) -> None:
        order = sorted(range(len(TABLES)), key=lambda index: -TABLES[index][1])
        for index in order:
            self._table(TABLES[index], index)

    def _table(self, box: tuple[float, float, float, float], seed: int) -> None:
        left, far, right, near = box
        for x in (left + 0.05, right - 0.05):
            for z in (far - 0.06, near + 0.06):
                self._post(x, z)
        ppm = (330 if near > 0 else 620) * self.fine
        top = textures.wood(ppm, right - left, far - near, TABLE_WOOD, seed)
        self._papers(top, ppm, box, seed)
        size_x, size_z = right - left, far - near
        low = TABLE_Y - TABLE_EDGE_M
        edge = plain(60, 4, rgb(0xB59468))
        if near > 0:
            self.put((left, TABLE_Y, near), (size_x, 0, 0), (0, -TABLE_EDGE_M, 0), edge)
        for x, seen in ((right, right < 0), (left, left > 0)):
            if seen:
                self.put((x, TABLE_Y, near), (0, 0, size_z), (0, low - TABLE_Y, 0), edge)
        self.put((left, TABLE_Y, far), (size_x, 0, 0), (0, 0, -size_z), top)

    def _post(self, x: float, z: float) -> None:
        """A table leg, a flat bar turned to the camera."""
        distance = math.hypot(x, z)
        side = (0.034 * z / distance, 0.0, -0.034 * x / distance)
        bar = textures.shaded(plain(8, 40, rgb(0x8C959B)), np.linspace(1.15, 0.7, 8)[None, :] * np.ones((40, 1)))
        self.put((x - side[0] / 2, TABLE_Y, z - side[2] / 2), side, (0, FLOOR_Y - TABLE_Y, 0), bar)

    def _papers(self, top: Picture, ppm: float, box: tuple[float, float, float, float], seed: int) -> None:
        left, far, right, near = box
        rng = np.random.default_rng(seed + 40)
        if near < 0:
            sheets = [(-0.62, 0.68, 12.0), (0.5, 0.62, -10.0), (0.12, 0.72, 4.0), (-1.15, 0.1, 75), (1.15, 0.1, -75)]
        else:
            outer = left + 0.2 if left < 0 else right - 0.2
            turn = 90 if left < 0 else -90
            sheets = [(outer, z, turn + rng.uniform(-14, 14)) for z in (near + 0.33, near + 0.86)]
        for index, (x, z, angle) in enumerate(sheets):
            words = ("Mine mål", "Søvn og hvile", "Dagbok")[index % 3]
            self._lay(top, ppm, textures.paper(ppm, (words,), seed * 9 + index), (x - left, far - z), angle)

    def _lay(self, top: Picture, ppm: float, sheet: Picture, at: tuple[float, float], angle: float) -> None:
        """Lay a sheet on the table's texture, turned, with its shadow."""
        height, width = sheet.shape[:2]
        reach = round(0.6 * math.hypot(width, height))
        x, y = round(at[0] * ppm), round(at[1] * ppm)
        turn = cv2.getRotationMatrix2D((width / 2, height / 2), angle, 1.0)
        turn[:, 2] += (reach - width / 2, reach - height / 2)
        size = (2 * reach, 2 * reach)
        cover = cv2.warpAffine(np.full((height, width), 255, np.uint8), turn, size, flags=cv2.INTER_LINEAR)
        laid = cv2.warpAffine(sheet, turn, size, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        shadow = cv2.GaussianBlur(np.roll(cover, (3, 3), (0, 1)), (0, 0), 0.014 * ppm)
        rows, columns = slice(max(0, y - reach), y + reach), slice(max(0, x - reach), x + reach)
        target = top[rows, columns]
        part = slice(max(0, reach - y), None), slice(max(0, reach - x), None)
        shade, sheet_on = (
            layer[part][: target.shape[0], : target.shape[1]] for layer in (shadow, np.dstack([laid, cover]))
        )
        target[:] = textures.shaded(target, 1 - np.asarray(shade, np.float32) * np.float32(0.32 / 255))
        blend(target, np.ascontiguousarray(sheet_on))


CUPS: Final[tuple[Place, ...]] = (
    (-1.08, TABLE_Y, 3.0),
    (-1.1, TABLE_Y, 2.42),
    (-1.06, TABLE_Y, 1.72),
    (1.1, TABLE_Y, 2.92),
    (1.07, TABLE_Y, 2.38),
    (1.1, TABLE_Y, 1.66),
    (-0.42, TABLE_Y, 0.6),
    (0.78, TABLE_Y, 0.8),
    (-0.88, TABLE_Y, 0.05),
    (0.92, TABLE_Y, -0.05),
)
"""Where the coffee cups stand."""


def cup(colour: int) -> list[Solid]:
    """A cup of coffee on its saucer, its foot at the origin."""
    china = rgb(colour)
    return [
        Ellipsoid((0, 0.006, 0), (0.075, 0.008, 0.075), china, gloss=0.1),
        Limb((0, 0.034, 0), (0, 0.056, 0), 0.032, 0.04, china, gloss=0.12),
        Ellipsoid((0, 0.099, 0), (0.043, 0.004, 0.043), china),
        Ellipsoid((0, 0.1025, 0), (0.036, 0.001, 0.036), rgb(0x4A2C1C), gloss=0.05),
        Limb((0.036, 0.085, 0), (0.064, 0.072, 0), 0.007, 0.007, china),
        Limb((0.064, 0.072, 0), (0.037, 0.048, 0), 0.007, 0.007, china),
    ]


def plant(seed: int, height: float, size: float = 1.0) -> list[Solid]:
    """A green plant in a clay pot of 23 cm times `size`, its saucer standing at the origin."""
    rng = np.random.default_rng(seed)
    pot = rgb(0xB8673F)
    solids: list[Solid] = [
        Ellipsoid((0, 0.012, 0), (0.115, 0.012, 0.115), rgb(0xA55A36)),  # the saucer
        Limb((0, 0.085, 0), (0, 0.16, 0), 0.078, 0.1, pot, -0.04),
        Ellipsoid((0, 0.25, 0), (0.11, 0.02, 0.11), rgb(0xC4744A)),
    ]
    greens = (0x3F7A3A, 0x55934A, 0x2F6635, 0x6BA658)
    for _ in range(46):
        angle, reach = rng.uniform(0, 2 * math.pi), rng.uniform(0.02, 0.24) * (0.6 + height)
        tip = (reach * math.sin(angle), 0.3 + height * rng.uniform(0.25, 1), reach * math.cos(angle) * 0.8)
        base = (tip[0] * 0.35, 0.26 + (tip[1] - 0.3) * 0.6, tip[2] * 0.35)
        solids.append(Limb(base, tip, 0.034, 0.008, rgb(greens[int(rng.integers(4))]), 0.05, 0.06))
    return scaled(solids, size)


PLANTS: Final[tuple[tuple[Place, int, float, float], ...]] = (
    ((FLOOR_PLANTS[0][0], FLOOR_Y, FLOOR_PLANTS[0][1]), 1, 1.0, 1.0),
    ((LEFT_X + SILL_DEPTH_M / 2, WINDOW_SILL_Y, 1.62), 2, 0.35, SILL_DEPTH_M / 0.23),
    ((FLOOR_PLANTS[1][0], FLOOR_Y, FLOOR_PLANTS[1][1]), 3, 0.7, 1.0),
)
"""Where plants stand, their seed, height and size."""
