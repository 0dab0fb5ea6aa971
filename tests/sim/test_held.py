"""What is held before the simulated camera: in the middle of every picture, until it is taken away."""

import contextlib
from collections.abc import AsyncIterator

import aiohttp
import cv2
import numpy as np
import numpy.typing as npt
import pytest
from aiohttp import web

from hardware_sim.api import MAX_BODY_BYTES
from hardware_sim.held import MOST_MB, MOST_PX, SHARE, Held

Picture = npt.NDArray[np.uint8]
WALL = 40


class Wall:
    """A room where there is nothing to see."""

    def view(self, pan_deg: float, tilt_deg: float, t_s: float) -> Picture:
        return np.full((360, 640, 3), WALL, np.uint8)

    def still(self, pan_deg: float, tilt_deg: float, t_s: float, width: int, height: int) -> Picture:
        return np.full((height, width, 3), WALL, np.uint8)


def png(width: int, height: int, level: int = 200) -> bytes:
    return cv2.imencode(".png", np.full((height, width, 3), level, np.uint8))[1].tobytes()


@contextlib.asynccontextmanager
async def site() -> AsyncIterator[tuple[Held, str, aiohttp.ClientSession]]:
    held = Held(Wall())
    app = web.Application(client_max_size=MAX_BODY_BYTES)
    app.add_routes(held.routes())
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        async with aiohttp.ClientSession() as client:
            yield held, f"http://127.0.0.1:{runner.addresses[0][1]}/api/held", client
    finally:
        await runner.cleanup()


async def put(client: aiohttp.ClientSession, url: str, body: bytes, kind: str = "image/png") -> tuple[int, str]:
    async with client.put(url, data=body, headers={"Content-Type": kind}) as response:
        return response.status, await response.text()


@pytest.mark.parametrize(("size", "shown"), [((100, 100), (288, 288)), ((900, 300), (512, 171))])
async def test_it_is_as_large_as_fits_whole_in_the_middle_and_the_room_is_around_it(
    size: tuple[int, int], shown: tuple[int, int]
) -> None:
    assert SHARE == 0.8
    async with site() as (held, url, client):
        assert (await put(client, url, png(*size)))[0] == 200
        assert held.state() == {"held": list(size)}
        picture = held.view(0, 0, 0)
        left, top = (640 - shown[0]) // 2, (360 - shown[1]) // 2
        inside = picture[top : top + shown[1], left : left + shown[0]]
        assert (inside == 200).all()
        assert int((picture == 200).sum()) == inside.size
        assert (held.still(0, 0, 0, 1280, 720)[360 - shown[1] + 1 : 360 + shown[1] - 1, 640] == 200).all()
        async with client.delete(url) as response:
            assert await response.json() == {"held": None}
        assert (held.view(0, 0, 0) == WALL).all()


async def test_a_photograph_may_be_larger_than_anything_else_that_is_sent() -> None:
    noise = np.random.default_rng(0).integers(0, 255, (800, 800, 3), dtype=np.uint8)
    photograph = cv2.imencode(".png", noise)[1].tobytes()
    assert MAX_BODY_BYTES < len(photograph) < MOST_MB * 1024 * 1024
    async with site() as (held, url, client):
        assert (await put(client, url, photograph))[0] == 200
        assert held.state() == {"held": [800, 800]}


@pytest.mark.parametrize(
    ("body", "kind", "status", "words"),
    [
        (png(9, 9), "application/json", 415, "image/png or image/jpeg"),
        (b"", "image/png", 400, "no picture"),
        (b"no picture", "image/jpeg", 400, "no picture"),
        (png(MOST_PX + 1, 2), "image/png", 400, f"{MOST_PX} pixels"),
        (bytes(MOST_MB * 1024 * 1024 + 1), "image/png", 413, f"{MOST_MB} MB"),
    ],
)
async def test_what_cannot_be_held_is_refused_in_words_and_changes_nothing(
    body: bytes, kind: str, status: int, words: str
) -> None:
    async with site() as (held, url, client):
        await put(client, url, png(30, 20))
        got, told = await put(client, url, body, kind)
        assert got == status
        assert words in told
        assert held.state() == {"held": [30, 20]}
