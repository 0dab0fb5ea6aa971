"""What is kept of stills, for how long, and what is cut out of them; how fast they leave; where they come from."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from protocol.stills import CHUNK_BYTES, KEEP_S, WHOLE, Look, Region
from robot_agent.media import camera as camera_module
from robot_agent.media.rate.packets import LineEstimate
from robot_agent.media.rate.still_pace import CEILING_BPS, CHUNK_S, FLOOR_BPS, SHARE, STEP_S, StillPace
from robot_agent.media.still_camera import StillCamera, StillError
from robot_agent.media.still_shelf import MAX_KEPT, StillShelf, left

SIZE = 120, 160
GRADIENT = np.dstack([np.indices(SIZE)[1], np.indices(SIZE)[0], np.zeros(SIZE)]).astype(np.uint8)
GREEN_WITHIN, BLUE_WITHIN = 8, 14  # WebP keeps little of a dark blue: 10.5 at most in 3000 regions, JPEG 6
shares = st.floats(0, 1)
extents = st.floats(0, 1, exclude_min=True)


def test_a_still_is_kept_for_its_time_and_not_longer() -> None:
    shelf = StillShelf()
    still = shelf.put(GRADIENT, 100.0, 78)
    assert left(still, 100.0) == KEEP_S
    assert shelf.get(still.number, 100.0 + KEEP_S - 0.01) is still
    assert shelf.get(still.number, 100.0 + KEEP_S) is None
    assert shelf.forget_old(100.0 + KEEP_S) is None


@given(st.lists(st.floats(0, 2 * KEEP_S), min_size=1, max_size=8))
def test_never_more_than_two_and_none_too_old(pauses: list[float]) -> None:
    shelf, now_s, made = StillShelf(), 0.0, []
    for pause in pauses:
        now_s += pause
        made.append(shelf.put(GRADIENT, now_s, 78))
        kept = [still for still in made if shelf.get(still.number, now_s) is not None]
        assert kept == [still for still in made[-MAX_KEPT:] if now_s - still.taken_s < KEEP_S]
    shelf.clear()
    assert not any(shelf.get(still.number, now_s) for still in made)


@settings(max_examples=40, deadline=None)
@given(shares, shares, extents, extents, st.integers(16, 400), st.sampled_from(["image/jpeg", "image/webp"]))
def test_any_region_is_a_picture_of_just_that_place(
    x: float, y: float, width: float, height: float, width_px: int, media_type: str
) -> None:
    still = StillShelf().put(GRADIENT, 0.0, 78)
    region = Region(left=x, top=y, width=width, height=height)
    part = still.part(Look(), region, width_px, media_type)  # type: ignore[arg-type]
    shown = cv2.imdecode(np.frombuffer(part.data, np.uint8), cv2.IMREAD_COLOR)
    assert shown is not None
    assert (shown.shape[1], shown.shape[0]) == part.size
    assert part.size[0] <= min(width_px, 160)
    got = part.region
    assert got.left <= min(x, 159 / 160) + 1e-9
    assert got.left + got.width >= min(1.0, x + width) - 1e-9
    assert got.left + got.width <= 1 + 1e-9
    middle = shown[part.size[1] // 2, part.size[0] // 2].astype(int)
    assert abs(middle[0] - (got.left + got.width / 2) * 160) < BLUE_WITHIN
    assert abs(middle[1] - (got.top + got.height / 2) * 120) < GREEN_WITHIN


def test_where_no_board_is_the_picture_stays_as_it_is_and_says_so() -> None:
    part = StillShelf().put(GRADIENT, 0.0, 78).part(Look(rectify=True), WHOLE, 400, "image/jpeg")
    assert not part.look.rectify
    assert part.full_size == (160, 120)


def line(queue_s: float | None, *, congested: bool = False, loss: float = 0.0) -> LineEstimate:
    return LineEstimate(0.05, loss, 0.005, queue_s, congested, "feedback")


@given(
    st.lists(st.tuples(st.floats(0, 0.5), st.booleans(), st.floats(30_000, 5e6)), max_size=60),
    st.floats(30_000, 5e6),
)
def test_a_still_never_leaves_its_bounds_and_never_reserves_more_than_its_share(
    looks: list[tuple[float, bool, float]], line_bps: float
) -> None:
    pace, now_s = StillPace(line_bps, 0.0), 0.0
    for queue_s, congested, now_bps in looks:
        now_s += STEP_S
        pace.look(line(queue_s, congested=congested), now_bps, now_s)
        assert FLOOR_BPS <= pace.bps <= CEILING_BPS
        assert 0 <= pace.reserved_bps(now_bps) <= SHARE * now_bps
        chunk = pace.chunk_bytes(CHUNK_BYTES)
        assert 0 < chunk <= CHUNK_BYTES
        assert chunk <= 1024 or chunk * 8 <= CHUNK_S * pace.bps + 8


def test_on_a_calm_line_it_takes_what_is_there_and_gives_it_back() -> None:
    pace, now_s = StillPace(300_000, 0.0), 0.0
    assert pace.bps == pytest.approx(90_000)
    for _ in range(20):
        now_s += STEP_S
        pace.look(line(0.001), 300_000, now_s)
    fast = pace.bps
    assert fast > 3_000_000
    for _ in range(12):
        now_s += STEP_S
        pace.look(line(0.2, congested=True), 300_000, now_s)
    assert pace.bps < 90_000


@contextmanager
def camera_that_says(body: bytes, status: int = 200) -> Iterator[str]:
    """A camera on the network that answers everything with that."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name for it
            return

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield f"http://{server.server_address[0]!s}:{server.server_port}/still.jpg"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


async def test_a_camera_is_asked_by_http_and_told_of_in_words_when_it_fails() -> None:
    jpeg = bytes(cv2.imencode(".jpg", GRADIENT)[1])
    with camera_that_says(jpeg) as url:
        assert (await StillCamera(url, lambda: None).grab()).shape == GRADIENT.shape
    with pytest.raises(StillError, match="does not answer"):
        await StillCamera(url.replace("//", "//user:secret@"), lambda: None).grab()
    for body in (b"", b"no picture", jpeg[:40]):
        with camera_that_says(body) as url, pytest.raises(StillError, match="no picture"):
            await StillCamera(url, lambda: None).grab()
    with camera_that_says(b"gone", 404) as url, pytest.raises(StillError, match="404"):
        await StillCamera(url, lambda: None).grab()
    with pytest.raises(StillError, match="plugged in"):
        await StillCamera("", lambda: None).grab()


class Device:
    """A USB camera as OpenCV shows it: it gives the size that was set, up to its largest."""

    def __init__(self) -> None:
        self.size = {cv2.CAP_PROP_FRAME_WIDTH: 1280, cv2.CAP_PROP_FRAME_HEIGHT: 720}

    def isOpened(self) -> bool:  # noqa: N802 - OpenCV's name for it
        return True

    def get(self, what: int) -> float:
        return 0.0

    def set(self, what: int, value: float) -> bool:
        self.size[what] = min(int(value), 2592 if what == cv2.CAP_PROP_FRAME_WIDTH else 1944)
        return True

    def read(self) -> tuple[bool, np.ndarray]:
        time.sleep(0.002)
        return True, np.zeros((self.size[cv2.CAP_PROP_FRAME_HEIGHT], self.size[cv2.CAP_PROP_FRAME_WIDTH], 3), np.uint8)

    def release(self) -> None:
        return


def test_a_device_gives_its_largest_size_once_and_the_moving_picture_never_sees_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(camera_module, "_open_capture", lambda settings: Device())
    camera = camera_module.Camera(camera_module.CameraSettings(source=0))
    camera.open()
    try:
        frame = camera.wait_newer(-1, 5.0)
        assert frame is not None
        still = camera.take_still(5.0)
        assert still is not None
        assert still.shape == (1944, 2592, 3)
        for _ in range(5):
            later = camera.wait_newer(frame.sequence, 5.0)
            assert later is not None
            assert (later.width, later.height) == (1280, 720)
            frame = later
    finally:
        camera.close()
    assert camera.take_still(0.01) is None
