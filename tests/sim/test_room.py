"""The course room: true camera geometry, readable board, real clock, people who move and leave no trace."""

import itertools
import math
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import cv2
import numpy as np
import numpy.typing as npt
import pytest

from hardware_sim.room import cast, screen, textures
from hardware_sim.room.backdrop import Grain
from hardware_sim.room.director import Director, Light, RoomWish, Voice
from hardware_sim.room.exposure import EXPOSURES, Exposure
from hardware_sim.room.layout import BOARD, CLOCK, FRONT_Z, LECTURER_X, SCREEN
from hardware_sim.room.panorama import ELEVATION_MAX_DEG, ELEVATION_MIN_DEG, Grid, Lens, wrapped
from hardware_sim.room.program import HAND_RAISERS, Person
from hardware_sim.room.scene import Room
from hardware_sim.room.seats import SEAT_OF, SEATS

Picture = npt.NDArray[np.uint8]
T0_S = time.mktime((2026, 10, 14, 10, 24, 15, 0, 0, -1))
FOCAL_PX = 640 / math.tan(math.radians(39))


@pytest.fixture(scope="module")
def room() -> Room:
    return Room(director=Director(0, lambda: T0_S))


@pytest.fixture(scope="module")
def small() -> Room:
    return Room(640, 360, seed=3, director=Director(3, lambda: T0_S))


def project(point: tuple[float, float, float], pan_deg: float = 0, tilt_deg: float = 0) -> tuple[float, float]:
    """Pixel of a point in the room in a 1280x720 picture of a turned camera, from first principles."""
    pan, tilt = math.radians(pan_deg), math.radians(tilt_deg)
    x, y, z = point
    x, z = x * math.cos(pan) - z * math.sin(pan), x * math.sin(pan) + z * math.cos(pan)
    y, z = y * math.cos(tilt) - z * math.sin(tilt), y * math.sin(tilt) + z * math.cos(tilt)
    return 639.5 + FOCAL_PX * x / z, 359.5 - FOCAL_PX * y / z


def grey(picture: Picture) -> Picture:
    return np.asarray(cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY), np.uint8)


def around(picture: Picture, at: tuple[float, float], half: int) -> Picture:
    x, y = round(at[0]), round(at[1])
    return picture[y - half : y + half + 1, x - half : x + half + 1]


def flat_part(
    picture: Picture, box: tuple[float, float, float, float], size: tuple[int, int], pan_deg: float, tilt_deg: float
) -> Picture:
    """What hangs in a box on the front wall, straight, where the geometry puts it; `size` is (width, height)."""
    left, top, right, bottom = box
    corners = [(left, top), (right, top), (right, bottom), (left, bottom)]
    seen = np.array([project((x, y, FRONT_Z), pan_deg, tilt_deg) for x, y in corners], np.float32)
    flat = np.array([(0, 0), (size[0], 0), size, (0, size[1])], np.float32) - 0.5
    return np.asarray(cv2.warpPerspective(picture, cv2.getPerspectiveTransform(seen, flat), size), np.uint8)


def likeness(picture: Picture, texture: Picture, part: tuple[slice, slice]) -> float:
    """Correlation of two pictures in a part; the camera has fewer pixels than a texture."""
    expected = cv2.GaussianBlur(grey(texture), (0, 0), 2.0)[part]
    return float(np.corrcoef(expected.ravel(), grey(picture)[part].ravel())[0, 1])


def board_in(picture: Picture, pan_deg: float, tilt_deg: float) -> float:
    """How much the board in the picture is what is written on it (without the chart)."""
    left, top, right, bottom = BOARD
    texture = textures.board(420, right - left, top - bottom)
    height, width = texture.shape[:2]
    back = flat_part(picture, BOARD, (width, height), pan_deg, tilt_deg)
    part = slice(round(height * 0.05), round(height * 0.9)), slice(round(width * 0.02), round(width * 0.62))
    return likeness(back, texture, part)


@pytest.mark.parametrize(("pan_deg", "tilt_deg"), [(0, 0), (12, 0), (-9, 7.3), (3.3, -7.8), (10, 5)])
def test_board_is_readable_and_where_the_projection_puts_it(room: Room, pan_deg: float, tilt_deg: float) -> None:
    picture = room.view(pan_deg, tilt_deg, T0_S)
    assert picture.shape == (720, 1280, 3)
    assert picture.dtype == np.uint8
    assert board_in(picture, pan_deg, tilt_deg) > 0.9
    assert board_in(picture, pan_deg + 1.5, tilt_deg) < 0.6  # the measure notices 20 px


def test_a_turn_moves_the_clock_by_the_projection(room: Room) -> None:
    place = (CLOCK[0], CLOCK[1], FRONT_Z - 0.02)
    at = project(place)
    patch = around(grey(room.view(0, 0, T0_S)), at, 30)
    for pan_deg in (4.0, 9.0, -5.0):
        picture = grey(room.view(pan_deg, 0, T0_S))
        _, best, _, where = cv2.minMaxLoc(cv2.matchTemplate(picture, patch, cv2.TM_CCOEFF_NORMED))
        expected = project(place, pan_deg)
        assert best > 0.5
        assert (where[0] + 30, where[1] + 30) == pytest.approx(expected, abs=3)
        assert abs(expected[0] - at[0]) > 40


def test_tilting_up_moves_the_room_down(room: Room) -> None:
    place = (CLOCK[0], CLOCK[1], FRONT_Z - 0.02)
    up, level = project(place, 20, 8), project(place, 20, 0)
    assert up[1] - level[1] > 100
    face = around(room.view(20, 8, T0_S), up, 8)
    assert (face > 180).mean() > 0.5  # the white of its face
    assert (around(room.view(20, 0, T0_S), up, 8) > 180).mean() < 0.5


def test_views_cover_every_angle_of_the_head(room: Room) -> None:
    grid = Grid(16)
    lens = Lens(grid, 1280, 720)
    marked = np.full((grid.height, grid.width, 3), 200, np.uint8)
    marked[[0, -1]] = 0
    for tilt_deg in (-25, 40):
        assert (lens.view(marked, 175, tilt_deg) == 200).all()  # nowhere beyond the panorama's edge
    assert ELEVATION_MIN_DEG < -25 - 24.5
    assert ELEVATION_MAX_DEG > 40 + 24.5
    for pan_deg in (-175, -90, 90, 175):
        for tilt_deg in (-25, 0, 40):
            assert room.view(pan_deg, tilt_deg, T0_S).std() > 8


def test_the_panorama_closes_on_itself(room: Room) -> None:
    assert np.array_equal(room.view(180, 0, T0_S), room.view(-180, 0, T0_S))
    row = np.arange(100, dtype=np.uint8)[None, :, None].repeat(3, 2)
    assert wrapped(row, -3, 4)[0, :, 0].tolist() == [97, 98, 99, 0, 1, 2, 3]
    assert wrapped(row, 98, 103)[0, :, 0].tolist() == [98, 99, 0, 1, 2]
    jump = np.abs(np.diff(grey(room.view(180, 0, T0_S))[:100].astype(int), axis=1)).mean(axis=0)
    assert jump[635:645].max() < 12  # no seam


def test_equal_arguments_give_equal_pictures(small: Room) -> None:
    twin = Room(640, 360, seed=3)
    for t_s in (T0_S, T0_S + 8.1):
        assert np.array_equal(small.view(20, -4, t_s), twin.view(20, -4, t_s))
    other = Room(640, 360, seed=4)
    assert not np.array_equal(small.view(20, -4, T0_S), other.view(20, -4, T0_S))


def test_people_leave_no_trace(small: Room) -> None:
    first = small.view(10, -10, T0_S)
    for step in range(30):
        small.view(step * 12 - 180, step - 15, T0_S + step * 1.7)
    assert np.array_equal(small.view(10, -10, T0_S), first)


def test_the_room_is_alive(small: Room) -> None:
    pictures = [small.view(10, 0, T0_S + step / 2).astype(int) for step in range(12)]
    changes = [(np.abs(a - b).max(axis=2) > 25).mean() for a, b in itertools.pairwise(pictures)]
    assert max(changes) > 0.0005
    assert max(changes) < 0.2  # the walls stand still


def test_clock_shows_the_time_of_day(room: Room) -> None:
    middle = (CLOCK[0], CLOCK[1], FRONT_Z - 0.02)

    def darkness(t_s: float, turn: float, share: float) -> float:
        """Darkness of the clock's face at a share of its radius in a direction (turns from twelve)."""
        x, y, radius = CLOCK
        r = radius * share
        spot = (x + r * math.sin(2 * math.pi * turn), y + r * math.cos(2 * math.pi * turn), middle[2])
        return 255 - float(around(grey(room.view(20, 10, t_s)), project(spot, 20, 10), 1).mean())

    hour, minute, second = (10 + 24.25 / 60) / 12, 24.25 / 60, 0.25
    assert darkness(T0_S, hour, 0.35) > 100
    assert darkness(T0_S, minute, 0.55) > 100
    assert darkness(T0_S, second, 0.6) > 30
    assert darkness(T0_S, 0.9, 0.55) < 30
    later = T0_S + 20 * 60 + 10  # 10.44.25
    assert darkness(later, minute, 0.55) < darkness(T0_S, minute, 0.55) / 2
    assert darkness(later, (44 + 25 / 60) / 60, 0.55) > 100


@pytest.mark.parametrize("who", ["lecturer", *SEAT_OF])
def test_the_mouth_of_whoever_speaks_follows_the_voice_and_no_other(room: Room, who: Person) -> None:
    x, z = SEATS[SEAT_OF[who]] if who != "lecturer" else (LECTURER_X[0], 3.75)
    pan_deg = math.degrees(math.atan2(x, z))
    room.director.change(RoomWish(speaker=who))
    t_s = T0_S + 1.0  # the head has turned
    pictures = []
    for opened in (0.0, 1.0):
        room.voice = lambda opened=opened: Voice(who, opened)
        pictures.append(room.view(pan_deg, 5, t_s).astype(int))
    room.voice = None
    room.director.clear()
    changed = np.argwhere(np.abs(pictures[0] - pictures[1]).max(axis=2) > 20)
    assert 3 < len(changed) < 3000  # a mouth, nothing more
    assert np.ptp(changed, axis=0).max() < 90


def test_lecturer_walks_slowly_between_two_places() -> None:
    x = np.array([cast.stance(step / 30).x for step in range(30 * 90)])
    assert x.min() == pytest.approx(LECTURER_X[0])
    assert x.max() == pytest.approx(LECTURER_X[1])
    assert np.abs(np.diff(x)).max() * 30 < 0.5  # m/s
    gestures = {cast.stance(step / 30).gesture for step in range(30 * 90)}
    assert len(gestures) == cast.GESTURES


@pytest.mark.parametrize("who", HAND_RAISERS)
def test_the_hand_of_whoever_is_asked_for_goes_up(small: Room, who: Person) -> None:
    t_s = T0_S + 5.0  # up by then
    x, z = SEATS[SEAT_OF[who]]
    pan_deg, near = math.degrees(math.atan2(x, z)), math.hypot(x, z)
    pictures = []
    for hand in ("nobody", who):
        small.director.change(RoomWish.model_validate({"hand": hand, "speaker": "nobody"}))
        pictures.append(small.view(pan_deg, 0, t_s).astype(int))
    small.director.clear()
    changed = np.argwhere(np.abs(pictures[0] - pictures[1]).max(axis=2) > 30)
    assert len(changed) > 100
    assert changed[:, 0].min() < 180 - 0.1 * FOCAL_PX / 2 / near, "above the eyes of one who sits"
    assert np.ptp(changed, axis=0).max() < 600 / near, "one arm, no more"


def test_threads_may_share_a_room(small: Room) -> None:
    angles = [(-60.0, 0.0), (0.0, 10.0), (60.0, -20.0), (170.0, 5.0)] * 3
    alone = [small.view(pan, tilt, T0_S) for pan, tilt in angles]
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(lambda angle: small.view(angle[0], angle[1], T0_S), angles))
    assert all(np.array_equal(a, b) for a, b in zip(alone, together, strict=True))


def test_after_a_rehearsal_no_pose_is_new(monkeypatch: pytest.MonkeyPatch) -> None:
    room, stop = Room(320, 180), threading.Event()
    stop.set()
    assert room.rehearse(stop) == 1
    stop.clear()
    assert room.rehearse(stop) > 80
    expected = [room.view(step * 6 - 180, 0, T0_S + step * 0.9) for step in range(60)]
    fresh = Room(320, 180)
    assert all(
        np.array_equal(picture, fresh.view(step * 6 - 180, 0, T0_S + step * 0.9))
        for step, picture in enumerate(expected)
    )
    monkeypatch.delattr(cast, "make_sprite")  # whoever would render now fails
    for step in range(200):
        room.view(step * 6 - 180, 0, T0_S + step * 0.37)


@pytest.mark.parametrize("number", range(len(screen.SLIDES)))
def test_slides_are_readable_and_take_each_others_place(room: Room, number: int) -> None:
    room.director.change(RoomWish.model_validate({"slide": str(number + 1)}))
    picture = room.view(-20, 8, T0_S)
    room.director.clear()
    left, top, right, bottom = SCREEN
    drawn = [screen.draw(300, right - left, top - bottom, each) for each in range(len(screen.SLIDES))]
    height, width = drawn[0].shape[:2]
    back = flat_part(picture, SCREEN, (width, height), -20, 8)
    words = slice(round(height * 0.05), round(height * 0.7)), slice(round(width * 0.04), round(width * 0.96))
    likenesses = [likeness(back, each, words) for each in drawn]
    assert likenesses[number] > 0.85
    assert int(np.argmax(likenesses)) == number
    lines = slice(round(height * 0.25), round(height * 0.72)), slice(round(width * 0.04), round(width * 0.9))
    assert likeness(back, drawn[number], lines) > 0.7, "the small lines too"


def in_light(room: Room, light: Light, pan_deg: float, t_s: float = T0_S) -> Picture:
    room.director.change(RoomWish(light=light, slide="1", speaker="nobody", hand="nobody"))
    picture = room.view(pan_deg, 0, t_s)
    room.director.clear()
    return picture


def test_evening_is_darker_and_what_gives_light_stays_bright(small: Room) -> None:
    day, dusk, dark = (in_light(small, light, 0) for light in ("day", "dusk", "dark"))
    assert day.mean() > dusk.mean() + 15 > dark.mean() + 45
    lit = [float(np.median(picture[80:115, 95:165])) for picture in (day, dark)]  # the slide, at this size
    assert lit[1] > 0.85 * lit[0]
    assert np.array_equal(in_light(small, "day", 0), day), "and the day comes back as it was"


def test_the_windows_go_blue_and_people_with_the_room(small: Room) -> None:
    day, dusk = (in_light(small, light, -80).astype(float) for light in ("day", "dusk"))
    sky = slice(20, 35), slice(262, 300)
    assert dusk[sky].mean() < 0.6 * day[sky].mean()
    assert dusk[sky][:, :, 0].mean() > 1.5 * dusk[sky][:, :, 2].mean()
    day, dark = (in_light(small, light, -80) for light in ("day", "dark"))
    assert (dark.max(axis=2) > 200).mean() < 0.05, "nobody shines in the dark"
    assert day.mean() > 2 * dark.mean()


def test_the_board_is_readable_at_dusk(room: Room) -> None:
    room.director.change(RoomWish(light="dusk"))
    picture = room.view(5, 3, T0_S)
    room.director.clear()
    assert board_in(picture, 5, 3) > 0.85


def test_noise_rises_with_the_evening_and_lamps_flicker_in_bands() -> None:
    grain = Grain(64, 300, 1)
    lights: tuple[Light, ...] = ("day", "dusk", "dark")
    spread = {light: float(np.std(grain.at(light, T0_S).astype(float) - bands(grain, light))) for light in lights}
    assert spread["day"] < spread["dusk"] < spread["dark"]
    assert spread["dusk"] == pytest.approx(EXPOSURES["dusk"].noise, rel=0.15)
    assert np.ptp(bands(grain, "dusk")) == pytest.approx(2 * EXPOSURES["dusk"].flicker, rel=0.5)
    assert np.ptp(bands(grain, "dark")) < 2, "the lamps are off"
    means = [grain.at("dusk", T0_S + (step + 0.5) / 30).mean(axis=(1, 2)) for step in range(4)]
    assert np.corrcoef(means[0], means[3])[0, 1] > 0.9, "100 Hz against 30 pictures a second"
    assert np.corrcoef(means[0], means[1])[0, 1] < 0.2


def bands(grain: Grain, light: Light) -> npt.NDArray[np.float64]:
    """The mean of each row, smooth."""
    rows = grain.at(light, T0_S).astype(float).mean(axis=(1, 2))
    return np.convolve(np.pad(rows, 4, mode="edge"), np.full(9, 1 / 9), "valid")[:, None, None]


def test_the_mean_of_what_is_added_is_taken_away_before() -> None:
    for exposure in EXPOSURES.values():
        table = exposure.table()[0]
        assert table[255, 3] == 255
        assert table[200, 1] == pytest.approx(200 * exposure.room[1] - exposure.mean, abs=1)
    assert np.array_equal(Exposure().table()[0, :, 0], np.arange(256))
