"""The robot's camera as a network camera: the room, seen through the head's angle, as MJPEG over HTTP.

`/camera.mjpg` is the camera itself (whoever reads it has it open), `/camera.jpg` one picture of it, `/still.jpg` one
with all that the sensor has, and `/preview.mjpg` a small, slow view for the developer's page that does not count as
open. One thread renders and compresses each picture once for all readers, and only while somebody reads.
"""

import asyncio
import math
import socket
import threading
import time
from collections.abc import Callable
from typing import Final, Protocol

import cv2
import numpy as np
import numpy.typing as npt
from aiohttp import web
from pydantic import BaseModel, ConfigDict, Field

from hardware_sim import stamp
from hardware_sim.faults import CameraTrouble

Picture = npt.NDArray[np.uint8]
Pose = Callable[[], tuple[float, float]]

PREVIEW_FPS: Final = 8  # enough to follow the head on the developer's page
SLOW_FPS: Final = 3  # of a camera that is slow: slow enough to be seen, not to be taken for frozen
PREVIEW_SIZE: Final = (640, 360)
PREVIEW_JPEG_QUALITY: Final = 70
SEND_BUFFER_BYTES: Final = 256 * 1024  # about two pictures: a slow reader must lose pictures, not queue them
BOUNDARY: Final = "frame"
UNPLUGGED: Final = "The camera gives no picture: a switch on the simulator's page says so."
NO_PICTURE: Final = b""  # the sensor is frozen: nothing to send, and a reader that has gone is noticed


class CameraSettings(BaseModel):
    """Sizes and rate of the camera; `stamp` paints the time strip (`hardware_sim.stamp`)."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    width: int = Field(default=1280, ge=320, le=1920)
    height: int = Field(default=720, ge=180, le=1080)
    fps: int = Field(default=30, ge=1, le=60)
    stamp: bool = False
    jpeg_quality: int = Field(default=85, ge=10, le=100)
    still_width: int = Field(default=4056, ge=320, le=4608)
    still_height: int = Field(default=3040, ge=180, le=3456)


class View(Protocol):
    """What the camera needs of a room: a new picture (h, w, 3) BGR from a head at this angle at this time."""

    def view(self, pan_deg: float, tilt_deg: float, t_s: float) -> Picture: ...

    def still(self, pan_deg: float, tilt_deg: float, t_s: float, width: int, height: int) -> Picture: ...


class Pacer:
    """Ticks of an exact rate on a given clock; ticks missed by a late caller are skipped."""

    def __init__(self, period_s: float, now_s: float) -> None:
        self.period_s = period_s
        self._start_s = now_s
        self._tick = 0

    def wait_s(self, now_s: float) -> float:
        """How long to wait for the next tick."""
        return max(0.0, self._start_s + self._tick * self.period_s - now_s)

    def advance(self, now_s: float) -> int:
        """Take the newest tick that is due; returns how many before it are lost."""
        newest = max(self._tick, math.floor((now_s - self._start_s) / self.period_s + 1e-6))
        lost, self._tick = newest - self._tick, newest + 1
        return lost


class Channel:
    """The newest picture for any number of readers on the event loop; None ends them. It never queues."""

    def __init__(self) -> None:
        self.readers = 0
        self._ended = False
        self._next: asyncio.Future[bytes | None] | None = None

    def publish(self, jpeg: bytes | None) -> None:
        waiting, self._next = self._next, None
        if waiting is not None and not waiting.done():
            waiting.set_result(jpeg)

    def end(self, ended: bool) -> None:
        """Let the readers go (True), or admit them again (False)."""
        self._ended = ended
        if ended:
            self.publish(None)

    async def next(self) -> bytes | None:
        if self._ended:
            return None
        if self._next is None:
            self._next = asyncio.get_running_loop().create_future()
        return await asyncio.shield(self._next)


class Camera:
    """Serves `room` as seen by `pose()` (pan, tilt in degrees; called in the rendering thread).

    `stamp` may be switched while it runs. `skipped` counts the pictures that a busy machine did not manage.
    """

    def __init__(self, room: View, pose: Pose, settings: CameraSettings) -> None:
        self.stamp = settings.stamp
        self.skipped = 0
        self._room, self._pose, self._settings = room, pose, settings
        self._live, self._still, self._preview = Channel(), Channel(), Channel()
        self._changed = threading.Condition()
        self._stopped = True
        self._transports: set[asyncio.Transport] = set()
        self._sequence = 0
        self._preview_due_s = 0.0
        self._trouble: CameraTrouble = "works"
        self._shutter = asyncio.Lock()  # a sensor takes one still at a time

    @property
    def open(self) -> bool:
        """Whether somebody reads /camera.mjpg or /still.jpg."""
        return self._live.readers > 0 or self._shutter.locked()

    @property
    def trouble(self) -> CameraTrouble:
        """What is wrong with it. The developer's preview is not touched by it."""
        return self._trouble

    def fail(self, trouble: CameraTrouble) -> None:
        """From now on this is wrong. To be called on the event loop."""
        with self._changed:
            self._trouble = trouble
            self._changed.notify()
        for channel in (self._live, self._still):
            channel.end(self._stopped or trouble == "gone")

    def routes(self) -> list[web.RouteDef]:
        """The camera's addresses; they answer 503 unless `run` is running."""

        async def camera(request: web.Request) -> web.StreamResponse:
            return await self._stream(request, self._live)

        async def preview(request: web.Request) -> web.StreamResponse:
            return await self._stream(request, self._preview)

        return [
            web.get("/camera.mjpg", camera, allow_head=False),
            web.get("/preview.mjpg", preview, allow_head=False),
            web.get("/camera.jpg", self._get_still, allow_head=False),
            web.get("/still.jpg", self._get_sharp, allow_head=False),
        ]

    async def run(self) -> None:
        """Render for whoever reads until cancelled; then every reader is let go and the thread has ended."""
        loop = asyncio.get_running_loop()
        ended: asyncio.Future[BaseException | None] = loop.create_future()
        thread = threading.Thread(target=self._film, args=(loop, ended), name="camera")
        self._stopped = False
        self._preview.end(False)
        self.fail(self._trouble)
        thread.start()
        try:
            failure = await asyncio.shield(ended)
            if failure is not None:
                raise failure
        finally:
            with self._changed:
                self._stopped = True
                self._changed.notify()
            await ended
            thread.join()
            self._let_go()

    def _let_go(self) -> None:
        for channel in (self._live, self._still, self._preview):
            channel.end(True)
        for transport in self._transports:
            if transport.get_write_buffer_size():
                transport.abort()  # a reader that has stopped reading would otherwise hold its handler

    # The rendering thread.

    def _film(self, loop: asyncio.AbstractEventLoop, ended: "asyncio.Future[BaseException | None]") -> None:
        cv2.setNumThreads(1)
        failure: BaseException | None = None
        try:
            self._film_until_stopped(loop)
        except BaseException as error:  # noqa: BLE001  run() raises it again
            failure = error
        loop.call_soon_threadsafe(ended.set_result, failure)

    def _period_s(self) -> float | None:
        if self._live.readers or self._still.readers:
            return 1 / (SLOW_FPS if self._trouble == "slow" else self._settings.fps)
        return 1 / PREVIEW_FPS if self._preview.readers else None

    def _film_until_stopped(self, loop: asyncio.AbstractEventLoop) -> None:
        pacer: Pacer | None = None
        while True:
            with self._changed:
                if self._stopped:
                    return
                period_s = self._period_s()
                if period_s is None:
                    pacer = None
                    self._changed.wait()
                    continue
                if pacer is None or pacer.period_s != period_s:
                    pacer = Pacer(period_s, time.monotonic())
                wait_s = pacer.wait_s(time.monotonic())
                if wait_s > 0:
                    self._changed.wait(wait_s)
                    continue
            self.skipped += pacer.advance(time.monotonic())
            self._expose(loop)

    def _expose(self, loop: asyncio.AbstractEventLoop) -> None:
        """Take one picture and hand it to whoever waits for one."""
        frame = self._room.view(*self._pose(), time.time())
        if self._preview.readers and time.monotonic() >= self._preview_due_s:
            half_tick_s = 0.5 / self._settings.fps
            self._preview_due_s = time.monotonic() + 1 / PREVIEW_FPS - half_tick_s
            small = np.asarray(cv2.resize(frame, PREVIEW_SIZE, interpolation=cv2.INTER_AREA), np.uint8)
            loop.call_soon_threadsafe(self._preview.publish, _jpeg(small, PREVIEW_JPEG_QUALITY))
        if not self._live.readers and not self._still.readers:
            return
        if self._trouble == "frozen":
            loop.call_soon_threadsafe(self._live.publish, NO_PICTURE)
            return
        self._sequence += 1
        if self.stamp:
            stamp.paint(frame, self._sequence, int(time.time() * 10_000))
        jpeg = _jpeg(frame, self._settings.jpeg_quality)
        loop.call_soon_threadsafe(self._live.publish, jpeg)
        loop.call_soon_threadsafe(self._still.publish, jpeg)

    # The handlers.

    def _enter(self, channel: Channel) -> None:
        if self._stopped:
            raise web.HTTPServiceUnavailable(text="The camera is not running.")
        if self._trouble == "gone" and channel is not self._preview:
            raise web.HTTPServiceUnavailable(text=UNPLUGGED)
        with self._changed:
            channel.readers += 1
            self._changed.notify()

    async def _get_still(self, request: web.Request) -> web.StreamResponse:
        self._enter(self._still)
        try:
            jpeg = await self._still.next()
        finally:
            self._still.readers -= 1
        if jpeg is None:
            raise web.HTTPServiceUnavailable(text="The camera has been stopped.")
        return web.Response(body=jpeg, content_type="image/jpeg", headers={"Cache-Control": "no-store"})

    async def _get_sharp(self, request: web.Request) -> web.StreamResponse:
        async with self._shutter:
            if self._stopped:
                raise web.HTTPServiceUnavailable(text="The camera is not running.")
            if self._trouble in ("gone", "frozen"):
                raise web.HTTPServiceUnavailable(text=UNPLUGGED)
            jpeg = await asyncio.to_thread(self._shoot)
        return web.Response(body=jpeg, content_type="image/jpeg", headers={"Cache-Control": "no-store"})

    def _shoot(self) -> bytes:
        wanted = self._settings
        still = self._room.still(*self._pose(), time.time(), wanted.still_width, wanted.still_height)
        return _jpeg(still, wanted.jpeg_quality)

    async def _stream(self, request: web.Request, channel: Channel) -> web.StreamResponse:
        transport = request.transport
        if transport is None:
            raise web.HTTPServiceUnavailable(text="The reader has gone.")
        self._enter(channel)
        self._transports.add(transport)
        try:
            return await _send_pictures(request, transport, channel)
        finally:
            self._transports.discard(transport)
            channel.readers -= 1


async def _send_pictures(request: web.Request, transport: asyncio.Transport, channel: Channel) -> web.StreamResponse:
    """Send each newest picture as a part of multipart/x-mixed-replace until either side ends it."""
    link = transport.get_extra_info("socket")
    link.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER_BYTES)
    transport.set_write_buffer_limits(high=0)  # write() returns when the kernel has it all
    response = web.StreamResponse(headers={"Cache-Control": "no-store", "Connection": "close"})
    response.headers["Content-Type"] = f"multipart/x-mixed-replace; boundary={BOUNDARY}"
    try:
        await response.prepare(request)
        while (jpeg := await channel.next()) is not None:
            if transport.is_closing():
                break
            if jpeg is NO_PICTURE:
                continue
            part = f"--{BOUNDARY}\r\nContent-Type: image/jpeg\r\nContent-Length: {len(jpeg)}\r\n\r\n"
            await response.write(part.encode() + jpeg + b"\r\n")
    except ConnectionError:
        pass  # the reader has closed the camera
    return response


def _jpeg(frame: Picture, quality: int) -> bytes:
    ok, data = cv2.imencode(".jpg", frame, [cv2.IMWRITE_JPEG_QUALITY, quality])
    if not ok:
        raise RuntimeError("OpenCV could not compress a picture")
    return bytes(data)
