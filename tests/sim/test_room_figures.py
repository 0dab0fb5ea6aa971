"""The little ray-caster behind the people, and how figures are placed and turned in the room."""

import numpy as np
import pytest

from hardware_sim.room.figure import Cut, Ellipsoid, Frame, Limb, Solid, render, rotation, turned
from hardware_sim.room.furniture import PLANTS, plant
from hardware_sim.room.layout import FLOOR_Y, LEFT_X, SILL_DEPTH_M, WINDOW_SILL_Y
from hardware_sim.room.panorama import Grid, direction
from hardware_sim.room.people import PARTICIPANTS, seated_head
from hardware_sim.room.sprites import Sprite, hidden_by, light_at, make_sprite, yaw_towards

FRAME = Frame(-1, 1, -1, 1, 60)
GREY = (150, 150, 150)


def test_a_sphere_is_round_and_lit_from_the_light() -> None:
    picture = render([Ellipsoid((0, 0, 0), (0.5, 0.5, 0.5), GREY)], FRAME, (-1, 0, 0.3))
    cover = picture[:, :, 3] > 127
    assert cover.sum() == pytest.approx(np.pi * 30**2, rel=0.02)
    assert cover[60, 31]
    assert not cover[60, 28]
    assert picture[60, 40, 0] > picture[60, 80, 0] + 30
    assert picture[0, 0, 3] == 0


def test_nearer_hides_farther_whatever_the_order() -> None:
    near = Ellipsoid((0, 0, 0.5), (0.2, 0.2, 0.2), (0, 0, 200))
    far = Limb((-0.8, 0, 0), (0.8, 0, 0), 0.1, 0.1, (200, 0, 0))
    orders: list[list[Solid]] = [[near, far], [far, near]]
    for order in orders:
        picture = render(order, FRAME, (0, 0, 1))
        assert picture[60, 60, 2] > 100
        assert picture[60, 60, 0] < 60
        assert picture[60, 20, 0] > 100


def test_a_cut_takes_a_part_away() -> None:
    half = Ellipsoid((0, 0, 0), (0.5, 0.5, 0.5), GREY, (Cut((1, 0, 0), 0.0),))
    cover = render([half], FRAME, (0, 0, 1))[:, :, 3] > 127
    assert cover[60, 40]
    assert not cover[60, 70]
    other = render(turned([half], rotation(180)), FRAME, (0, 0, 1))[:, :, 3] > 127
    assert other[60, 80]
    assert not other[60, 50]


def test_a_turned_ellipsoid_keeps_its_shape() -> None:
    long = Ellipsoid((0, 0, 0), (0.2, 0.2, 0.8), GREY)
    cover = render(turned([long], rotation(90)), FRAME, (0, 0, 1))[:, :, 3] > 127
    assert np.ptp(np.flatnonzero(cover[60])) == pytest.approx(96, abs=2)
    assert np.ptp(np.flatnonzero(cover[:, 60])) == pytest.approx(24, abs=2)


def test_faces_differ() -> None:
    frame = Frame(-0.2, 0.2, 1.0, 1.45, 300)
    faces = [render(seated_head(looks, 0, 0, True), frame, (-0.5, 0.5, 0.8)) for looks in PARTICIPANTS]
    for number, face in enumerate(faces):
        for other in faces[number + 1 :]:
            assert np.abs(face.astype(int) - other).mean() > 3


@pytest.mark.parametrize(
    ("place", "target", "yaw_deg"),
    [
        ((0.0, 0.0, 3.0), (0.0, 0.0, 0.0), 0),  # looks into the camera
        ((0.0, 0.0, 3.0), (2.0, 0.0, 3.0), 90),  # to the picture's right
        ((-2.0, 0.0, 0.0), (-2.0, 0.0, 3.0), 90),  # left of the camera, looks to the front
        ((2.0, 0.0, 0.0), (2.0, 0.0, 3.0), -90),
    ],
)
def test_yaw_towards(place: tuple[float, float, float], target: tuple[float, float, float], yaw_deg: float) -> None:
    assert yaw_towards(place, target) == pytest.approx(yaw_deg)


def test_a_sprite_lies_where_its_place_is() -> None:
    grid = Grid(8)
    place = (0.0, -1.15, 4.0)
    ball = [Ellipsoid((0, 1.5, 0), (0.2, 0.2, 0.2), GREY)]
    sprite = make_sprite(grid, ball, place, (-0.5, 0.5, 1.0, 2.0), light_at(0))
    height, width = sprite.image.shape[:2]
    azimuth_deg, elevation_deg = direction((0, 0.35, 4.0))
    assert sprite.left + width / 2 == pytest.approx(azimuth_deg, abs=1)
    assert sprite.top + height / 2 == pytest.approx(grid.row(elevation_deg), abs=1.5)
    assert width == pytest.approx(np.degrees(0.4 / 4) * 8, abs=3)


@pytest.mark.parametrize("azimuth_deg", [0.0, -60.0, 179.0])  # the last one wraps
def test_what_sits_nearer_hides_what_it_covers_and_no_more(azimuth_deg: float) -> None:
    far = Sprite(np.full((10, 40, 4), 255, np.uint8), -20, 100)
    cover = np.full((10, 10, 4), 255, np.uint8)
    cover[:5, :, 3] = 127
    near = Sprite(cover, -5, 105)
    hidden = hidden_by(Grid(8), far, azimuth_deg, [(near, azimuth_deg)])
    expected = far.image.copy()
    expected[5:, 15:25, 3] = 128  # half of it is seen through
    assert (hidden.left, hidden.top) == (far.left, far.top)
    assert np.array_equal(hidden.image, expected)
    assert hidden_by(Grid(8), far, azimuth_deg, []) is far
    assert np.array_equal(hidden_by(Grid(8), far, azimuth_deg, [(near, azimuth_deg + 90)]).image, far.image)
    assert far.image.min() == 255, "the sprite itself is left as it is"


def test_daylight_comes_from_the_windows() -> None:
    assert light_at(0)[0] < -0.5  # ahead: the windows are on the left
    assert light_at(-90)[0] == pytest.approx(0.15, abs=0.01)  # towards the windows: from behind the figure
    assert light_at(180)[0] > 0.5


@pytest.mark.parametrize(("place", "seed", "height", "size"), PLANTS)
def test_plants_stand_on_floor_and_sill(
    place: tuple[float, float, float], seed: int, height: float, size: float
) -> None:
    solids = plant(seed, height, size)
    lowest = min(
        min(one.a[1] - one.ra, one.b[1] - one.rb) if isinstance(one, Limb) else one.middle[1] - one.radii[1]
        for one in solids
    )
    assert lowest == pytest.approx(0, abs=1e-9)
    foot = next(one for one in solids if isinstance(one, Ellipsoid))
    assert foot.middle[1] - foot.radii[1] == lowest, "a flat saucer, no point"
    if place[1] != FLOOR_Y:
        assert place[1] == WINDOW_SILL_Y
        assert place[0] - foot.radii[0] >= LEFT_X - 1e-6
        assert place[0] + foot.radii[0] <= LEFT_X + SILL_DEPTH_M + 1e-6
