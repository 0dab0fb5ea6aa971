"""The course room as the camera sees it: `Room.view` gives one picture."""

import contextlib
import itertools
import math
import threading
import time
from collections.abc import Callable, Iterator
from typing import Final

import cv2
import numpy as np

from hardware_sim.room import textures
from hardware_sim.room.backdrop import Backdrop, Grain
from hardware_sim.room.cast import Act, Cast, gather, speech
from hardware_sim.room.close_up import CloseUp
from hardware_sim.room.director import Director, Moment, Voice
from hardware_sim.room.exposure import AutoExposure, measured
from hardware_sim.room.eye import Eye
from hardware_sim.room.figure import Solid, rotation, turned
from hardware_sim.room.furniture import CUPS, PLANTS, Furnisher, cup, plant
from hardware_sim.room.layout import CLOCK, FRONT_Z
from hardware_sim.room.panorama import Grid, Lens, Painter, Picture, Point, direction, sample
from hardware_sim.room.screen import SLIDES, Screen
from hardware_sim.room.sprites import Sprite, fix, light_at, make_sprite
from hardware_sim.room.stage import Stage
from hardware_sim.room.textures import rgb

PIXELS_PER_DEG: Final = 16  # at 1280 px across 78 degrees, finer than the picture's middle
CUP_COLOURS: Final = (0xF1EEE6, 0x3C6E8F, 0xF1EEE6, 0xC8573B, 0xE3B34C, 0xF1EEE6)


class Room:
    """The room, drawn once (about a second), and the view of a head's camera in it.

    A room is seen from one thread at a time; `view` takes care of that. `director` says what happens. `voice`, when
    set, says whose mouth is open at this moment; otherwise whoever has the word moves it in a rhythm of its own.
    """

    def __init__(self, width: int = 1280, height: int = 720, seed: int = 0, director: Director | None = None) -> None:
        cv2.setNumThreads(1)
        self.width, self.height = width, height
        self.director = director or Director(seed)
        self.voice: Callable[[], Voice] | None = None
        self._lock = threading.Lock()
        self._door = threading.Lock()
        self._grid = grid = Grid(PIXELS_PER_DEG * width / 1280)
        self._lens = Lens(grid, width, height)
        self._eye = Eye(self._lens)
        self._company = gather(grid, seed)
        self._screen = Screen(grid)
        self._stage = self._furnish(grid)
        self._clock = _Clock(grid)
        self._grain, self._exposure = Grain(width, height, seed), AutoExposure()

    def view(self, pan_deg: float, tilt_deg: float, t_s: float) -> Picture:
        """A new picture (height, width, 3) BGR from a head at this angle; `t_s` is the time in Unix seconds.

        Equal arguments give equal pictures, as long as `voice` is not set and nothing else is wished of the director;
        only how bright one is, and how sharp, depends on those of the second before (see `exposure`, `eye`).
        """
        moment = self.director.at(t_s)
        with self._alone():
            panorama = self._played(pan_deg, self._lens.reach_deg(tilt_deg), t_s, moment)
            seen = self._eye.look(panorama, self._stage.changed(), pan_deg, tilt_deg, t_s)
            brighter = self._exposure.follow(moment.light, measured(seen), t_s)
            grain = self._grain.at(moment.light, t_s)
            if brighter == 1:
                return np.asarray(cv2.add(seen, grain), np.uint8)
            return np.asarray(cv2.addWeighted(seen, brighter, grain, 1, 0), np.uint8)

    def still(self, pan_deg: float, tilt_deg: float, t_s: float, width: int, height: int) -> Picture:
        """The same view with all that a larger sensor sees: a picture (height, width, 3), the board's writing sharp.

        Takes about a second and, at 4056x3040, 250 MB for that long; the moving picture waits a tenth of it.
        """
        lens = Lens(self._grid, width, height)
        lens.gaze(pan_deg, tilt_deg)  # builds its maps, before anybody has to wait
        with self._alone():
            moment = self.director.at(t_s)
            panorama = self._played(pan_deg, lens.reach_deg(tilt_deg), t_s, moment)
            picture = lens.view(panorama, pan_deg, tilt_deg)
            brighter = self._exposure.at(moment.light, measured(self._as_wide(picture)), t_s)
            tone = self._stage.tone
            visible = self._close_up.visible(panorama, tone)
        self._close_up.lay_in(picture, lens.view(visible, pan_deg, tilt_deg), lens, pan_deg, tilt_deg, tone)
        return picture if brighter == 1 else np.asarray(cv2.convertScaleAbs(picture, alpha=brighter), np.uint8)

    def _as_wide(self, still: Picture) -> Picture:
        """The part of a still that the moving picture shows."""
        height, width = still.shape[:2]
        rows = min(height, width * self.height // self.width)
        return still[(height - rows) // 2 :][:rows]

    @contextlib.contextmanager
    def _alone(self) -> Iterator[None]:
        """One at a time, in turn: a camera that is late would otherwise take its next picture before any still."""
        with self._door:
            self._lock.acquire()
        try:
            yield
        finally:
            self._lock.release()

    def _played(self, pan_deg: float, reach_deg: float, t_s: float, moment: Moment) -> Picture:
        """The panorama with everything as it is at that moment."""
        self._backdrop.become(moment.light, moment.slide)
        return self._stage.play(self._cast(pan_deg, reach_deg, t_s, moment))

    def _cast(self, pan_deg: float, reach_deg: float, t_s: float, moment: Moment) -> Cast:
        voice = _silent(moment, t_s) if self.voice is None else self.voice()
        act = Act(voice.who, voice.opened, moment.raised, moment.attention)
        return [self._clock.sprite(t_s), *self._company.sprites(t_s, act, pan_deg, reach_deg)]

    def rehearse(self, stop: threading.Event) -> int:
        """Render every pose now rather than when it is first seen; returns how many, ends early when told to.

        Takes a few seconds of CPU time; meant for a thread of its own, beside `view`.
        """
        count = 0
        slides = (self._screen.sprite(number) for number in range(len(SLIDES)))
        for _ in itertools.chain(self._company.rehearse(), slides):
            count += 1
            if stop.is_set():
                break
        return count

    def _furnish(self, grid: Grid) -> Stage:
        """The panorama of everything that never moves."""
        painter = Painter(grid)
        furnisher = Furnisher(painter)
        furnisher.walls()
        self._close_up = CloseUp(painter)
        for place, seed, height, size in PLANTS:
            _stand(painter, plant(seed, height, size), place, (-0.5, 0.5, -0.05, 1.3))
        behind = painter.panorama.copy()
        for person in self._company.participants:
            fix(grid, painter.panorama, person.lower, person.azimuth_deg)
        furnisher.tables()
        for index, place in enumerate(sorted(CUPS, key=lambda at: -math.hypot(at[0], at[2]))):
            _stand(painter, cup(CUP_COLOURS[index % len(CUP_COLOURS)]), place, (-0.12, 0.12, -0.1, 0.2))
        self._seat(painter)
        stage = Stage(grid, painter.panorama, _unchanged(behind, painter.panorama))
        self._backdrop = Backdrop(stage, self._screen, furnisher.panes)
        return stage

    def _seat(self, painter: Painter) -> None:
        """Paint the arms of those who keep them on the table; the others' are hidden by whoever sits nearer."""
        nearer: Cast = []
        for person in reversed(self._company.participants):
            if person.raises:
                person.sit_behind([*nearer])
            else:
                nearer.append((person.upper(0), person.azimuth_deg))
        for sprite, azimuth_deg in reversed(nearer):
            fix(painter.grid, painter.panorama, sprite, azimuth_deg)


def _unchanged(before: Picture, after: Picture) -> Picture:
    """255 where two panoramas are equal, else 0."""
    return np.asarray(cv2.inRange(cv2.absdiff(before, after), (0, 0, 0), (0, 0, 0)), np.uint8)


def _stand(painter: Painter, solids: list[Solid], place: Point, box: tuple[float, float, float, float]) -> None:
    """Put a small thing in the room, seen from above or below as its place demands."""
    azimuth_deg, elevation_deg = direction(place)
    seen = turned(solids, rotation(20, -elevation_deg))
    sprite = make_sprite(painter.grid, seen, place, box, light_at(azimuth_deg))
    fix(painter.grid, painter.panorama, sprite, azimuth_deg)


def _silent(moment: Moment, t_s: float) -> Voice:
    """Who speaks as far as the picture alone can know."""
    cue = moment.cue
    if cue is None or not 0 <= t_s - cue.begins_s < cue.speaks_s:
        return Voice(None, 0.0)
    return Voice(cue.who, speech(t_s))


class _Clock:
    """The clock on the front wall, with the time of day."""

    def __init__(self, grid: Grid) -> None:
        x, y, radius = CLOCK
        self._size = 2 * round(radius * grid.ppd * 22)
        self._face = textures.clock_face(self._size)
        side = 2 * radius
        corner = np.array((x - radius, y + radius, FRONT_Z - 0.02))
        right, down = np.array((side, 0.0, 0.0)), np.array((0.0, -side, 0.0))
        painter = Painter(grid, blank=True)
        self._box = painter.boxes(corner, right, down)[0]
        self._maps = painter.locate(corner, right, down, self._face, self._box)
        self._azimuth_deg = direction((x, y, FRONT_Z))[0]
        self._left = self._box[0] - round(grid.column(self._azimuth_deg) + 0.5)
        self._shown: tuple[int, Sprite] | None = None

    def sprite(self, t_s: float) -> tuple[Sprite, float]:
        second = int(t_s)
        if self._shown is None or self._shown[0] != second:
            image = sample(self._with_hands(second), *self._maps)
            self._shown = second, Sprite(image, self._left, self._box[2])
        return self._shown[1], self._azimuth_deg

    def _with_hands(self, second: int) -> Picture:
        now = time.localtime(second)
        face = self._face.copy()
        minutes = now.tm_min + now.tm_sec / 60
        dark, red = (*rgb(0x1E2327), 255), (*rgb(0xC2372E), 255)
        for turn, length, width, colour in (
            ((now.tm_hour % 12 + minutes / 60) / 12, 0.24, 0.036, dark),
            (minutes / 60, 0.36, 0.026, dark),
            (now.tm_sec / 60, 0.38, 0.010, red),
        ):
            sin, cos = math.sin(2 * math.pi * turn), math.cos(2 * math.pi * turn)
            ends = [(0.5 - back * sin, 0.5 + back * cos) for back in (0.06, -length)]
            points = np.rint(np.array(ends) * self._size * 16).astype(int)
            cv2.polylines(face, [points], False, colour, max(1, round(width * self._size)), cv2.LINE_AA, 4)
        return face
