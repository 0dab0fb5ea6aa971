"""The camera against real streams: MJPEG over HTTP that freezes, dies and comes back, and files that loop."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from fractions import Fraction
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import av
import cv2
import numpy as np
import numpy.typing as npt
import pytest

from hardware_sim import stamp
from robot_agent.media.camera import CLOSE_TIMEOUT_S, Camera, CameraSettings, to_i420
from robot_agent.media.interfaces import VideoFrame

pytestmark = pytest.mark.alone  # thirty pictures a second, read as they come

WIDTH, HEIGHT = 640, 360


def jpeg(number: int) -> bytes:
    picture = np.full((HEIGHT, WIDTH, 3), 90, np.uint8)
    picture[100:200, 100:200] = (0, 0, 255)
    stamp.paint(picture, number, time.time_ns() // 100_000)
    return cv2.imencode(".jpg", picture)[1].tobytes()


def read(frame: VideoFrame) -> stamp.Stamp:
    found = stamp.read(frame.i420[: frame.height])
    assert found is not None
    return found


class MjpegServer:
    """A camera on the network at 50 pictures a second. `frozen` holds it, `stop()` takes it away."""

    def __init__(self, port: int = 0) -> None:
        self.frozen = threading.Event()
        self.gone = threading.Event()
        self.sent = 0
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:  # the name is the base class's
                self.send_response(200)
                self.send_header("Content-Type", "multipart/x-mixed-replace; boundary=frame")
                self.end_headers()
                with suppress(OSError):  # the camera went away first
                    outer.stream(self.wfile.write)

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
        self.port: int = self._server.server_address[1]
        self.url = f"http://127.0.0.1:{self.port}/stream"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))
        self._thread.start()

    def stream(self, write: Callable[[bytes], object]) -> None:
        while not self.gone.wait(0.02):
            if self.frozen.is_set():
                continue
            data = jpeg(self.sent)
            self.sent += 1
            write(b"--frame\r\nContent-Type: image/jpeg\r\nContent-Length: %d\r\n\r\n" % len(data) + data + b"\r\n")

    def stop(self) -> None:
        self.gone.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


@pytest.fixture
def server() -> Iterator[MjpegServer]:
    running = MjpegServer()
    yield running
    running.stop()


class Said:
    """What the camera reported, in order."""

    def __init__(self) -> None:
        self.words: list[str | None] = []
        self._changed = threading.Condition()

    def __call__(self, words: str | None) -> None:
        with self._changed:
            self.words.append(words)
            self._changed.notify_all()

    def wait(self, count: int, timeout_s: float = 15.0) -> None:
        with self._changed:
            assert self._changed.wait_for(lambda: len(self.words) >= count, timeout_s), self.words


def grab_threads() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == "camera-grab"]


def test_pictures_come_with_sequence_and_age(server: MjpegServer) -> None:
    said = Said()
    camera = Camera(CameraSettings(source=server.url), said)
    camera.open()
    try:
        frame = camera.wait_newer(-1, 10)
        assert frame is not None
        assert (frame.width, frame.height) == (WIDTH, HEIGHT)
        later = camera.wait_newer(frame.sequence, 10)
        assert later is not None
        assert later.sequence > frame.sequence
        assert later.arrived_s > frame.arrived_s
        assert read(later).sequence > read(frame).sequence
        latest = camera.read_latest()
        assert latest is not None
        assert time.monotonic() - latest.arrived_s < 0.5
        assert said.words == [None]
    finally:
        camera.close()
    assert not grab_threads()
    assert camera.wait_newer(-1, 0.1) is None


def test_a_slow_reader_still_gets_the_newest(server: MjpegServer) -> None:
    camera = Camera(CameraSettings(source=server.url))
    camera.open()
    try:
        assert camera.wait_newer(-1, 10) is not None
        lags = []
        for _ in range(4):
            time.sleep(0.2)  # the slow reader
            frame = camera.wait_newer(-1, 5)
            assert frame is not None
            lags.append((time.time_ns() // 100_000 - read(frame).time_100us) % 2**40)
        assert sorted(lags)[2] < 1500  # 150 ms; a queueing reader is 600 ms behind by now
    finally:
        camera.close()


def test_a_frozen_camera_is_reported_and_found_again(server: MjpegServer) -> None:
    said = Said()
    camera = Camera(CameraSettings(source=server.url), said)
    camera.open()
    try:
        before = camera.wait_newer(-1, 10)
        assert before is not None
        server.frozen.set()
        said.wait(2)
        assert said.words[1] is not None
        assert "stopped" in said.words[1]
        assert camera.read_latest() is None  # an old picture is not a view
        server.frozen.clear()
        said.wait(3)
        while said.words[-1] is not None:
            said.wait(len(said.words) + 1)
        after = camera.wait_newer(before.sequence, 10)
        assert after is not None
    finally:
        camera.close()


def test_a_camera_that_died_is_found_when_it_is_back() -> None:
    first = MjpegServer()
    said = Said()
    camera = Camera(CameraSettings(source=first.url), said)
    camera.open()
    try:
        assert camera.wait_newer(-1, 10) is not None
        first.stop()
        said.wait(3)  # pictures, stopped, does not open
        assert said.words[1:3] != [None, None]
        second = MjpegServer(first.port)
        try:
            seen = len(said.words)
            while said.words[-1] is not None:
                said.wait(seen + 1)
                seen = len(said.words)
            assert camera.wait_newer(-1, 10) is not None
        finally:
            camera.close()
            second.stop()
    finally:
        camera.close()


def test_closing_a_frozen_camera_is_bounded(server: MjpegServer) -> None:
    camera = Camera(CameraSettings(source=server.url))
    camera.open()
    assert camera.wait_newer(-1, 10) is not None
    server.frozen.set()
    began_s = time.monotonic()
    camera.close()
    assert time.monotonic() - began_s < CLOSE_TIMEOUT_S
    assert not grab_threads()


def test_closing_releases_the_connection_and_ten_times_leave_nothing(server: MjpegServer) -> None:
    for _ in range(10):
        camera = Camera(CameraSettings(source=server.url))
        camera.open()
        assert camera.wait_newer(-1, 10) is not None
        camera.close()
        camera.close()
    assert not grab_threads()
    sent = server.sent
    time.sleep(0.3)
    assert server.sent - sent <= 10  # nobody is being sent pictures any more


def test_a_camera_that_is_not_there_says_so() -> None:
    said = Said()
    camera = Camera(CameraSettings(source="/nowhere/film.mp4"), said)
    camera.open()
    try:
        said.wait(1)
        assert said.words[0] is not None
        assert "/nowhere/film.mp4" in said.words[0]
        assert camera.wait_newer(-1, 0.05) is None
    finally:
        camera.close()


def film(path: Path, frames: int, fps: int) -> None:
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=fps)
        assert isinstance(stream, av.VideoStream)
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        for number in range(frames):
            picture: npt.NDArray[np.uint8] = np.full((HEIGHT, WIDTH, 3), 90, np.uint8)
            stamp.paint(picture, number + 1, 1)
            frame = av.VideoFrame.from_ndarray(picture, format="bgr24")
            frame.pts, frame.time_base = number, Fraction(1, fps)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))


def test_a_film_loops_at_its_own_pace(tmp_path: Path) -> None:
    film(tmp_path / "film.mp4", frames=10, fps=25)
    said = Said()
    camera = Camera(CameraSettings(source=str(tmp_path / "film.mp4")), said)
    camera.open()
    try:
        seen: list[int] = []
        times: list[float] = []
        sequence = -1
        while len(seen) < 26:
            frame = camera.wait_newer(sequence, 5)
            assert frame is not None
            sequence = frame.sequence
            seen.append(read(frame).sequence)
            times.append(frame.arrived_s)
    finally:
        camera.close()
    assert seen.count(1) >= 2  # it began again
    pace = (times[-1] - times[0]) / (sequence - (sequence - len(times) + 1))
    assert 0.032 < pace < 0.060
    assert said.words == [None]


def test_colours_and_odd_sizes() -> None:
    red = np.zeros((101, 203, 3), np.uint8)
    red[:] = (0, 0, 255)
    picture = to_i420(red)
    assert picture.shape == (150, 202)
    frame = av.VideoFrame.from_ndarray(picture, format="yuv420p")
    back = frame.to_ndarray(format="bgr24")[50, 100]
    assert int(back[2]) > 240
    assert int(back[0]) < 15
