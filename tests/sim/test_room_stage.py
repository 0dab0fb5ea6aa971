"""What is drawn anew and what is kept: a picture after others is the same as the first of a fresh room."""

import itertools
import math

import cv2
import numpy as np
import numpy.typing as npt
import pytest

from hardware_sim.room.director import Director, RoomWish
from hardware_sim.room.eye import EXPOSES_S, PAUSE_S, SOFT_PX, Eye
from hardware_sim.room.panorama import Box, Grid, Lens, Picture
from hardware_sim.room.scene import Room
from hardware_sim.room.sprites import Sprite, shifted
from hardware_sim.room.stage import Stage, merged

T_S = 1_760_000_000.0
GRID = Grid(4)
SIZE = (320, 180)


@pytest.fixture
def noise() -> Picture:
    return np.random.default_rng(2).integers(0, 255, (GRID.height, GRID.width, 3), dtype=np.uint8)


def sprite(value: int, alpha: int, width: int = 30, height: int = 20, top: int = 240, behind: bool = False) -> Sprite:
    image = np.full((height, width, 4), value, np.uint8)
    image[:, :, 3] = alpha
    return Sprite(image, -width // 2, top, behind)


def test_a_room_that_was_looked_at_shows_what_a_fresh_one_shows() -> None:
    """Still head, turning head, another light, another slide, a hand, a still between: nothing is left behind."""
    used, fresh = (Room(*SIZE, seed=3, director=Director(3, lambda: T_S)) for _ in range(2))
    looks = [(10.0, 0.0)] * 3 + [(30.0, -4.0), (-179.0, 3.0), (-179.0, 3.0)]
    wishes = [RoomWish(), RoomWish(hand="liv"), RoomWish(light="dusk", slide="4"), RoomWish(light="dark"), RoomWish()]
    for number, (wish, look) in enumerate(itertools.product(wishes, looks)):
        t_s = T_S + 1.7 * number
        for room in (used, fresh):
            room.director.change(RoomWish(**wish.model_dump()))
        if number % 7 == 3:
            used.still(*look, t_s - 0.5, 160, 120)
        expected = fresh.view(*look, t_s) if number % 8 else Room(*SIZE, 3, fresh.director).view(*look, t_s)
        assert np.array_equal(used.view(*look, t_s), expected), (number, look)


def test_nothing_is_drawn_anew_where_nothing_has_changed(noise: Picture) -> None:
    eye = Eye(Lens(GRID, *SIZE))
    first = eye.look(noise, [], 20, 5, 0).copy()
    assert np.array_equal(eye.look(255 - noise, [], 20, 5, 1), first)
    assert not np.array_equal(eye.look(255 - noise, [], 21, 5, 2), first)
    assert not np.array_equal(eye.look(noise, [], 21, 6, 3), first)


@pytest.mark.parametrize("pan_deg", [-180.0, -90.0, 0.0, 37.3, 175.0])
@pytest.mark.parametrize("tilt_deg", [-25.0, 0.0, 40.0])
def test_a_change_is_seen_wherever_it_is(noise: Picture, pan_deg: float, tilt_deg: float) -> None:
    lens, rng = Lens(GRID, *SIZE), np.random.default_rng(int(pan_deg + tilt_deg) % 91)
    eye = Eye(lens)
    eye.look(noise, [], pan_deg, tilt_deg, 0)
    for number in range(1, 12):
        left, top = int(rng.integers(0, GRID.width - 60)), int(rng.integers(0, GRID.height - 60))
        box = Box(left, top, left + int(rng.integers(1, 60)), top + int(rng.integers(1, 60)))
        noise[box.at] = 255 - noise[box.at]
        assert np.array_equal(
            eye.look(noise, [box], pan_deg, tilt_deg, number / 30), lens.view(noise, pan_deg, tilt_deg)
        )


def test_what_turns_quickly_is_smeared_and_what_stands_or_creeps_is_sharp(noise: Picture) -> None:
    lens, eye = Lens(GRID, *SIZE), Eye(Lens(GRID, *SIZE))
    frame_s, smears_deg_per_s = 1 / 30, math.degrees(SOFT_PX / Lens(GRID, *SIZE).focal_px) / EXPOSES_S
    pan_deg, t_s = -179.0, 0.0
    for share, smeared in ((0.9, False), (1.1, True), (1.1, True), (0.0, False), (0.0, False), (-1.1, True)):
        pan_deg, t_s = pan_deg + share * smears_deg_per_s * frame_s, t_s + frame_s
        seen = eye.look(noise, [], pan_deg, 3, t_s)
        assert np.array_equal(seen, lens.view(noise, pan_deg, 3)) != smeared
    assert np.array_equal(eye.look(noise, [], 90, 3, t_s + PAUSE_S + 0.1), lens.view(noise, 90, 3)), (
        "who knows how fast"
    )


@pytest.mark.parametrize(("pan_deg", "tilt_deg"), [(0.0, 0.0), (177.0, -25.0), (-120.0, 40.0)])
def test_a_smeared_picture_is_where_the_sharp_one_is(noise: Picture, pan_deg: float, tilt_deg: float) -> None:
    soft = np.asarray(cv2.normalize(cv2.GaussianBlur(noise, (0, 0), 4), None, 0, 255, cv2.NORM_MINMAX), np.uint8)
    lens, eye = Lens(GRID, *SIZE), Eye(Lens(GRID, *SIZE))
    sharp = lens.view(soft, pan_deg, tilt_deg).astype(int)
    for turned in (-2, 0):
        seen = eye.look(soft, [], pan_deg + turned, tilt_deg, turned / 60 + 1).astype(int)
    assert (seen != sharp).any()
    pixel = np.abs(np.roll(sharp, 1, axis=1) - sharp).mean()
    assert np.abs(seen - sharp).mean() < 0.7 * pixel, "half a column at the most"


def test_a_lens_without_halves_is_always_sharp(noise: Picture) -> None:
    lens = Lens(GRID, 321, 180)
    eye = Eye(lens)
    for number in range(3):
        seen = eye.look(noise, [], 5.0 * number, 0, number / 30)
        assert np.array_equal(seen, lens.view(noise, 5.0 * number, 0))


@pytest.mark.parametrize("tilt_deg", [-25.0, 0.0, 40.0])
@pytest.mark.parametrize("size", [SIZE, (160, 120)])
def test_nothing_is_seen_beyond_the_reach_of_a_lens(size: tuple[int, int], tilt_deg: float) -> None:
    lens, grid = Lens(GRID, *size), GRID
    reach_deg = lens.reach_deg(tilt_deg)
    columns = (np.arange(grid.width) + 0.5) / grid.ppd - 180
    for beyond_deg, seen in ((reach_deg, 0), (reach_deg - 3, 255)):
        outside = np.where(np.abs(columns) > beyond_deg, 255, 0).astype(np.uint8)
        panorama = np.broadcast_to(outside[None, :, None], (grid.height, grid.width, 3)).copy()
        assert lens.view(panorama, 0.0, tilt_deg).max() == seen


def test_a_small_change_is_a_small_part_of_the_picture() -> None:
    lens = Lens(GRID, *SIZE)
    part = lens.gaze(0, 0).part(Box(720, 270, 730, 280))
    assert part is not None
    assert (part.right - part.left) * (part.bottom - part.top) < 40 * 40
    assert lens.gaze(0, 0).part(Box(0, 270, 10, 280)) is None, "it is behind"


def test_what_has_gone_leaves_what_was_there_and_later_ones_lie_over_earlier_ones(noise: Picture) -> None:
    before = noise.copy()
    stage = Stage(GRID, noise, np.full(noise.shape[:2], 255, np.uint8))
    low, high = sprite(10, 255), sprite(200, 255, width=10)
    shown = stage.play([(low, 0.0), (high, 0.0)])
    assert shown[250, 720].tolist() == [200] * 3
    assert shown[250, 710].tolist() == [10] * 3
    assert stage.changed() == [Box(705, 240, 735, 260)]
    shown = stage.play([(low, 0.0), (high, 0.0)])
    assert stage.changed() == []
    shown = stage.play([(low, 0.0)])
    assert shown[250, 720].tolist() == [10] * 3
    assert stage.changed() == [Box(715, 240, 725, 260)]
    assert np.array_equal(stage.play([]), before)
    assert np.array_equal(noise, before)


def test_half_a_cover_lets_half_through_and_one_behind_is_hidden() -> None:
    grey = np.full((GRID.height, GRID.width, 3), 100, np.uint8)
    open_to = np.full(grey.shape[:2], 255, np.uint8)
    open_to[250:] = 0
    stage = Stage(GRID, grey, open_to)
    shown = stage.play([(sprite(200, 128, behind=True), 180.0)])
    for column in (0, -1):  # it wraps
        assert shown[245, column].tolist() == [150] * 3
        assert shown[255, column].tolist() == [100] * 3


def test_what_is_hung_stays_until_it_is_taken_down(noise: Picture) -> None:
    before = noise.copy()
    stage = Stage(GRID, noise, np.full(noise.shape[:2], 255, np.uint8))
    bare = stage.hang(sprite(10, 255), 0.0)
    assert stage.play([])[250, 720].tolist() == [10] * 3
    stage.take_down(bare)
    assert np.array_equal(stage.play([]), before)


def test_boxes_are_merged_until_none_overlaps() -> None:
    boxes = [Box(0, 0, 10, 10), Box(20, 0, 30, 10), Box(40, 40, 50, 50), Box(9, 5, 21, 6)]
    assert sorted(merged(boxes), key=lambda box: box.left) == [Box(0, 0, 30, 10), Box(40, 40, 50, 50)]
    assert merged([]) == []
    assert Box(0, 0, 5, 5).common(Box(5, 0, 9, 5)) is None, "they touch, no more"


def test_a_figure_that_sways_less_than_is_seen_is_the_same_figure() -> None:
    one = sprite(90, 255)
    assert shifted(one, 0.26, -1.01) is shifted(one, 0.24, -0.99)
    moved = shifted(one, -2.25, 3.0)
    assert moved is not shifted(one, -2.5, 3.0)
    assert (moved.left, moved.top) == (one.left - 3, one.top + 3)
    weight: npt.NDArray[np.float64] = moved.image[10, :, 3].astype(float)
    assert float((weight * np.arange(len(weight))).sum() / weight.sum()) == pytest.approx(14.5 + 0.75, abs=0.02)
