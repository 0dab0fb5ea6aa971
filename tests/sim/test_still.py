"""The simulated sensor's still: the room as it is, and the board's writing as fine as a large sensor sees it."""

from __future__ import annotations

import asyncio
import math

import cv2
import numpy as np
import numpy.typing as npt
import pytest

from hardware_sim.room import textures
from hardware_sim.room.close_up import MIDDLE, TEXELS_PER_PX
from hardware_sim.room.layout import BOARD, FRONT_Z
from hardware_sim.room.scene import Room
from tests.sim.test_camera import decode, site

Picture = npt.NDArray[np.uint8]
T_S = 1_760_000_000.0
LEFT, TOP, RIGHT, BOTTOM = BOARD
PRINT = (0.93, 0.98, 0.02, 0.58)  # top, bottom, left, right of the small print, shares of the board
WIDE, HIGH = 4056, 3040
STILL_PPM = TEXELS_PER_PX * WIDE / 2 / math.tan(math.radians(39)) / math.dist(MIDDLE, (0, 0, 0))
VIEW_PPM = 210.0  # 420 at the full size of the room


@pytest.fixture(scope="module")
def room() -> Room:
    return Room(640, 360, seed=3)


def small_print(picture: Picture, pan_deg: float, tilt_deg: float, ppm: float) -> float:
    """Correlation of the small print with what is written, where geometry puts it; from first principles.

    `ppm` is how fine it was drawn: letters of another size stand a little elsewhere.
    """
    height, width = picture.shape[:2]
    focal = width / 2 / math.tan(math.radians(39))
    pan, tilt = math.radians(pan_deg), math.radians(tilt_deg)

    def seen(x: float, y: float) -> tuple[float, float]:
        across, ahead = x * math.cos(pan) - FRONT_Z * math.sin(pan), x * math.sin(pan) + FRONT_Z * math.cos(pan)
        up, ahead = y * math.cos(tilt) - ahead * math.sin(tilt), y * math.sin(tilt) + ahead * math.cos(tilt)
        return (width - 1) / 2 + focal * across / ahead, (height - 1) / 2 - focal * up / ahead

    texture = cv2.cvtColor(textures.board(ppm, RIGHT - LEFT, TOP - BOTTOM), cv2.COLOR_BGR2GRAY)
    tall, wide = texture.shape
    corners = np.array([seen(LEFT, TOP), seen(RIGHT, TOP), seen(RIGHT, BOTTOM), seen(LEFT, BOTTOM)], np.float32)
    flat = np.array([(0, 0), (wide, 0), (wide, tall), (0, tall)], np.float32) - 0.5
    back = cv2.warpPerspective(picture, cv2.getPerspectiveTransform(corners, flat), (wide, tall))
    top, bottom, left, right = PRINT
    part = slice(round(top * tall), round(bottom * tall)), slice(round(left * wide), round(right * wide))
    return float(np.corrcoef(texture[part].ravel(), cv2.cvtColor(back, cv2.COLOR_BGR2GRAY)[part].ravel())[0, 1])


@pytest.mark.parametrize(("pan_deg", "tilt_deg"), [(0, 5), (-8.3, 2.6)])
def test_small_print_is_lost_in_the_moving_picture_and_there_in_the_still(
    room: Room, pan_deg: float, tilt_deg: float
) -> None:
    still = room.still(pan_deg, tilt_deg, T_S, WIDE, HIGH)
    assert still.shape == (HIGH, WIDE, 3)
    assert small_print(still, pan_deg, tilt_deg, STILL_PPM) > 0.9
    assert small_print(room.view(pan_deg, tilt_deg, T_S), pan_deg, tilt_deg, VIEW_PPM) < 0.8


def test_a_still_shows_what_the_moving_picture_shows(room: Room) -> None:
    view, still = room.view(6, -4, T_S), room.still(6, -4, T_S, 640, 480)
    middle = still[60:420]  # 4:3 sees the same across, and more up and down
    difference = cv2.absdiff(cv2.GaussianBlur(view, (0, 0), 2), cv2.GaussianBlur(middle, (0, 0), 2))
    assert float(difference.mean()) < 4.0
    assert float(np.percentile(difference, 99)) < 40.0, "people stand before the board, not behind it"


def test_no_board_is_drawn_where_the_head_looks_away_from_it(room: Room) -> None:
    for pan_deg in (170.0, -120.0):
        view, still = room.view(pan_deg, 0, T_S), room.still(pan_deg, 0, T_S, 640, 480)
        assert float(cv2.absdiff(view, still[60:420]).mean()) < 4.0


async def test_the_camera_serves_it_by_http_and_counts_as_open_meanwhile() -> None:
    async with site() as at:
        assert not at.camera.open
        reader, writer = await asyncio.open_connection("127.0.0.1", int(at.url.rsplit(":", 1)[1]))
        writer.write(b"GET /still.jpg HTTP/1.0\r\n\r\n")
        head, _, body = (await reader.read()).partition(b"\r\n\r\n")
        writer.close()
        await writer.wait_closed()
        assert head.startswith(b"HTTP/1.0 200")
        assert b"image/jpeg" in head
        assert decode(body).shape == (3040, 4056, 3)
        assert at.room.opened_by_still == [True]
        assert not at.camera.open
