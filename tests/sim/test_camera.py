"""The network camera over real HTTP: rate, stamp, sharing, slow readers, stills, preview, shutdown."""

import asyncio
import contextlib
import socket
import threading
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from typing import Any

import aiohttp
import cv2
import numpy as np
import numpy.typing as npt
import pytest
from aiohttp import web
from pydantic import ValidationError

from hardware_sim import stamp
from hardware_sim.camera import Camera, CameraSettings, Pacer

pytestmark = pytest.mark.alone  # thirty pictures a second, read as they come

Picture = npt.NDArray[np.uint8]
TIMEOUT_S = 20.0  # a shared machine may be slow


@dataclass
class NoisyRoom:
    """A cheap room whose pictures compress badly, so that a slow reader's buffers fill soon."""

    views: int = 0
    asked: list[tuple[float, float]] = field(default_factory=list)
    failure: Exception | None = None
    is_open: Callable[[], bool] = lambda: False
    opened_by_still: list[bool] = field(default_factory=list)

    def view(self, pan_deg: float, tilt_deg: float, t_s: float) -> Picture:
        if self.failure is not None:
            raise self.failure
        self.views += 1
        self.asked = [*self.asked[-9:], (pan_deg, tilt_deg)]
        frame: Picture = np.random.default_rng(3).integers(0, 255, (180, 320, 3), dtype=np.uint8)
        return np.asarray(cv2.resize(frame, (1280, 720), interpolation=cv2.INTER_LINEAR), np.uint8)

    def still(self, pan_deg: float, tilt_deg: float, t_s: float, width: int, height: int) -> Picture:
        self.opened_by_still.append(self.is_open())
        return np.zeros((height, width, 3), np.uint8)


@dataclass
class Site:
    camera: Camera
    room: NoisyRoom
    url: str
    running: "asyncio.Task[None]"


@contextlib.asynccontextmanager
async def site(settings: CameraSettings | None = None) -> AsyncIterator[Site]:
    room = NoisyRoom()
    camera = Camera(room, lambda: (12.0, -3.0), settings or CameraSettings(stamp=True))
    room.is_open = lambda: camera.open
    app = web.Application()
    app.add_routes(camera.routes())
    runner = web.AppRunner(app)
    await runner.setup()
    listener = web.TCPSite(runner, "127.0.0.1", 0)
    await listener.start()
    port = runner.addresses[0][1]
    running = asyncio.create_task(camera.run())
    try:
        yield Site(camera, room, f"http://127.0.0.1:{port}", running)
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        await runner.cleanup()
    assert not [thread for thread in threading.enumerate() if thread.name == "camera"]


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(TIMEOUT_S):
        while not condition():
            await asyncio.sleep(0.01)


def decode(data: bytes) -> Picture:
    return np.asarray(cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR), np.uint8)


def read_stamp(frame: npt.NDArray[Any]) -> stamp.Stamp | None:
    return stamp.read(cv2.cvtColor(frame, cv2.COLOR_BGR2GRAY))


def read_jpeg(data: bytes) -> stamp.Stamp | None:
    return read_stamp(decode(data))


def age_s(read: stamp.Stamp) -> float:
    return (int(time.time() * 10_000) - read.time_100us) % 2**40 / 10_000


def film(url: str, seconds: float) -> list[tuple[float, stamp.Stamp | None]]:
    """What OpenCV reads for so long from the first frame on: (age of the stamp in s, stamp) a frame."""
    capture = cv2.VideoCapture(url, cv2.CAP_FFMPEG)
    assert capture.isOpened()
    got = []
    capture.read()
    end_s = time.monotonic() + seconds
    while time.monotonic() < end_s:
        ok, frame = capture.read()
        assert ok
        assert frame.shape == (720, 1280, 3)
        read = read_stamp(frame)
        got.append((age_s(read) if read else np.inf, read))
    capture.release()
    return got


async def test_opencv_reads_it_like_a_camera() -> None:
    async with site() as here:
        got = await asyncio.to_thread(film, here.url + "/camera.mjpg", 1.2)
        assert len(got) >= 25
        stamps = [read for _, read in got]
        assert all(stamps)
        sequence = [read.sequence for read in stamps if read]
        assert sequence == sorted(set(sequence))
        assert float(np.median([age for age, _ in got])) < 0.05
        assert here.room.asked[-1] == (12.0, -3.0)
        await until(lambda: not here.camera.open)


async def test_nothing_is_rendered_unless_somebody_reads() -> None:
    async with site() as here, aiohttp.ClientSession() as client:
        await asyncio.sleep(0.1)
        assert here.room.views == 0
        assert not here.camera.open
        async with client.get(here.url + "/camera.mjpg") as response:
            assert response.content_type == "multipart/x-mixed-replace"
            await response.content.readuntil(b"image/jpeg")
            assert here.camera.open
        await until(lambda: not here.camera.open)
        await asyncio.sleep(0.1)
        views = here.room.views
        await asyncio.sleep(0.15)
        assert here.room.views == views


async def test_each_picture_is_rendered_once_for_all_readers() -> None:
    async with site() as here:
        url = here.url + "/camera.mjpg"
        first, second = await asyncio.gather(asyncio.to_thread(film, url, 1), asyncio.to_thread(film, url, 1))
        shared = {read for _, read in first} & {read for _, read in second}
        assert len(shared) >= 10
        assert here.room.views <= max(read.sequence for _, read in first + second if read) + 2


def slow_numbers(port: int, pictures: int, pause_s: float) -> list[int]:
    """Sequence numbers that a reader with a small receive buffer gets at one picture a pause."""
    numbers: list[int] = []
    with socket.socket() as link:
        link.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 64 * 1024)
        link.connect(("127.0.0.1", port))
        link.sendall(b"GET /camera.mjpg HTTP/1.0\r\nHost: x\r\n\r\n")
        with link.makefile("rb") as stream:
            while len(numbers) < pictures:
                line = stream.readline()
                if line.startswith(b"Content-Length:"):
                    stream.readline()
                    read = read_jpeg(stream.read(int(line.split(b":")[1])))
                    assert read is not None
                    numbers.append(read.sequence)
                    time.sleep(pause_s)
    return numbers


async def test_a_slow_reader_loses_pictures_and_holds_nobody_up() -> None:
    async with site() as here:
        port = int(here.url.rsplit(":", 1)[1])
        started_s = time.monotonic()
        numbers, fast = await asyncio.gather(
            asyncio.to_thread(slow_numbers, port, 16, 0.15),
            asyncio.to_thread(film, here.url + "/camera.mjpg", 1.5),
        )
        elapsed = (time.monotonic() - started_s) * 30
        assert numbers == sorted(set(numbers))
        assert numbers[-1] > 2 * len(numbers)  # it has lost pictures
        assert numbers[-1] > elapsed - 30  # and what it got at last is less than a second old
        assert len(fast) >= 35


async def test_the_stamp_is_switched_while_running() -> None:
    async with site() as here, aiohttp.ClientSession() as client:

        async def still() -> stamp.Stamp | None:
            async with client.get(here.url + "/camera.jpg") as response:
                assert response.content_type == "image/jpeg"
                return read_jpeg(await response.read())

        first, second = await still(), await still()
        assert first is not None
        assert second is not None
        assert second.sequence > first.sequence
        here.camera.stamp = False
        assert await still() is None
        assert not here.camera.open


async def test_preview_is_small_slow_and_not_open() -> None:
    async with (
        site() as here,
        aiohttp.ClientSession() as client,
        client.get(here.url + "/preview.mjpg") as got,
    ):
        times = []
        for _ in range(6):
            header = await got.content.readuntil(b"\r\n\r\n")
            length = int(header.split(b"Content-Length: ")[1].split(b"\r\n")[0])
            data = await got.content.readexactly(length)
            times.append(time.monotonic())
            assert decode(data).shape == (360, 640, 3)
        assert 0.4 < times[-1] - times[0] < 2.0
        assert not here.camera.open


async def test_shutdown_lets_every_reader_go_at_once() -> None:
    async with site() as here:
        host = here.url.removeprefix("http://")
        stuck = await asyncio.open_connection(*host.split(":"))
        stuck[1].write(b"GET /camera.mjpg HTTP/1.1\r\nHost: x\r\n\r\n")  # never reads
        async with aiohttp.ClientSession() as client:
            async with client.get(here.url + "/camera.mjpg") as reader:
                await reader.content.readuntil(b"image/jpeg")
                await asyncio.sleep(0.3)
                started_s = time.monotonic()
                here.running.cancel()
                with pytest.raises(asyncio.CancelledError):
                    await here.running
                with contextlib.suppress(aiohttp.ClientPayloadError):
                    await asyncio.wait_for(reader.content.read(), 2)
            await until(lambda: not here.camera.open)
            assert time.monotonic() - started_s < 1.0
            async with client.get(here.url + "/camera.jpg") as refused:
                assert refused.status == 503
        stuck[1].close()


async def test_a_failing_room_ends_run_with_the_failure() -> None:
    async with site() as here, aiohttp.ClientSession() as client:
        here.room.failure = ZeroDivisionError("no room")
        async with client.get(here.url + "/camera.jpg") as response:
            assert response.status == 503
        with pytest.raises(ZeroDivisionError, match="no room"):
            await here.running


def test_pacer_is_exact_and_skips_what_is_late() -> None:
    pacer = Pacer(1 / 30, 100.0)
    assert pacer.wait_s(100.0) == 0
    assert pacer.advance(100.0) == 0
    assert pacer.wait_s(100.01) == pytest.approx(1 / 30 - 0.01)
    assert pacer.advance(100.0 + 1 / 30) == 0
    assert pacer.advance(100.0 + 5.5 / 30) == 3
    assert pacer.wait_s(100.0 + 5.5 / 30) == pytest.approx(0.5 / 30)
    for tick in range(6, 30_000):
        assert pacer.advance(100.0 + tick / 30 + 0.001) == 0


def test_settings_refuse_what_is_unknown() -> None:
    with pytest.raises(ValidationError):
        CameraSettings.model_validate({"fps": 30, "colour": True})
    with pytest.raises(ValidationError):
        CameraSettings(fps=0)
