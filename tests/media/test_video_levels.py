"""Several steps at once: who gets which, that a change leaves no gap, stills, sound alone, and the real quantiser."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from itertools import pairwise

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol.state import PictureStep as S
from robot_agent.media import ladder
from robot_agent.media.encoder import H264Encoder
from robot_agent.media.interfaces import EncodedFrame, VideoFrame
from robot_agent.media.ladder import RUNGS
from robot_agent.media.rate.control import RateSettings
from robot_agent.media.scaling import scale_i420, size_for
from robot_agent.media.video import Tap, VideoPipeline
from robot_agent.media.video_thread import STILL_EVERY_S, Pace, still_plan
from tests.media.test_video import Source, decode, encoder_threads

RATES = RateSettings(start_bps=1_000_000, floor_bps=80_000, ceiling_bps=4_000_000)


class Wall(Source):
    """A wall with posters, and the head that turns slowly; `grain` as a sensor in the dark has it."""

    def __init__(self, width: int = 1280, height: int = 720, grain: int = 0) -> None:
        super().__init__(width, height)
        rng = np.random.default_rng(3)
        coarse = rng.integers(40, 216, (height // 40, width // 40), dtype=np.uint8)
        wall = cv2.resize(coarse, (width + 64, height), interpolation=cv2.INTER_CUBIC)
        self._pictures = []
        for turn in range(16):
            picture = np.full((height * 3 // 2, width), 128, np.uint8)
            picture[:height] = wall[:, 2 * turn : 2 * turn + width] // 2
            picture[:height] += rng.integers(0, grain + 1, (height, width), dtype=np.uint8)
            self._pictures.append(picture)

    def show(self, count: int = 1) -> None:
        with self._changed:
            number = 0 if self.newest is None else self.newest.sequence + 1
            self.newest = VideoFrame(number, time.monotonic(), self._pictures[abs(number % 30 - 15)])
            self._changed.notify_all()


class Viewer:
    """Reads its tap as a connection does, and keeps what came."""

    def __init__(self, tap: Tap) -> None:
        self.tap = tap
        self.frames: list[EncodedFrame] = []
        self.task = asyncio.ensure_future(self._read())

    async def _read(self) -> None:
        while True:
            self.frames.append(await self.tap.get())

    @property
    def step(self) -> S | None:
        return self.frames[-1].step if self.frames else None


@asynccontextmanager
async def watched(pipeline: VideoPipeline, source: Source, count: int = 1) -> AsyncIterator[list[Viewer]]:
    await pipeline.open()
    viewers = [Viewer(pipeline.subscribe()) for _ in range(count)]
    feeding = asyncio.ensure_future(_feed(source))
    try:
        yield viewers
    finally:
        for task in (feeding, *(viewer.task for viewer in viewers)):
            task.cancel()
        for viewer in viewers:
            viewer.tap.close()
        await pipeline.close()
    assert not encoder_threads()


async def _feed(source: Source) -> None:
    while True:
        source.show()
        await asyncio.sleep(1 / 30)


async def until(condition: Callable[[], bool], what: str, timeout_s: float = 15.0) -> None:
    end_s = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < end_s, f"no {what} in {timeout_s} s"
        await asyncio.sleep(0.01)


def sizes(frames: list[EncodedFrame]) -> list[tuple[int, int]]:
    """The size of each picture as a browser's decoder sees them, one after the other in one stream."""
    return [(picture.width, picture.height) for picture in decode(frames)]


async def test_viewers_with_different_lines_stand_on_different_steps_and_a_change_leaves_no_gap() -> None:
    source = Wall()
    pipeline = VideoPipeline(lambda: source, RATES)
    async with watched(pipeline, source, 2) as (good, weak):
        await until(lambda: good.step is weak.step is S.P720, "picture")
        weak.tap.set_bitrate(200_000)
        await until(lambda: weak.step is S.P360, "smaller picture")
        await until(lambda: len(weak.frames) > 40, "more of it")
    assert {frame.step for frame in good.frames} == {S.P720}
    assert sum(frame.key for frame in good.frames) == 1  # another's line is not its business
    first = next(n for n, frame in enumerate(weak.frames) if frame.step is S.P360)
    assert weak.frames[first].key
    assert not any(frame.key for frame in weak.frames[first + 1 :])
    assert all(b.pts_90k > a.pts_90k for a, b in pairwise(weak.frames))
    drawn = sizes(weak.frames)
    assert len(drawn) == len(weak.frames)
    assert drawn[0] == (1280, 720)
    assert drawn[-1] == (640, 360)


async def test_who_joins_a_step_that_is_there_keeps_the_old_one_until_its_key_frame() -> None:
    source = Wall()
    pipeline = VideoPipeline(lambda: source, RATES)
    async with watched(pipeline, source, 2) as (one, other):
        one.tap.set_bitrate(200_000)
        await until(lambda: one.step is S.P360 and other.step is S.P720, "two steps")
        other.tap.set_bitrate(200_000)
        await until(lambda: other.step is S.P360, "the same step")
        await until(lambda: len(other.frames) > 50, "more of it")
        stats = pipeline.stats()
    numbers = [frame.pts_90k for frame in other.frames]
    assert max(b - a for a, b in pairwise(numbers)) < 0.5 * 90_000  # the source's own jitter
    assert len(decode(other.frames)) == len(other.frames)
    assert one.frames[-1].pts_90k == other.frames[-1].pts_90k
    assert stats.step is S.P360
    assert stats.target_bps == 200_000


async def test_the_steps_that_move_are_bounded_and_the_others_share_the_next_lower() -> None:
    source = Wall()
    pipeline = VideoPipeline(lambda: source, RATES, max_levels=2)
    async with watched(pipeline, source, 3) as viewers:
        await until(lambda: {viewer.step for viewer in viewers} == {S.P720}, "picture")
        for viewer, bps in zip(viewers, (3_000_000, 300_000, 110_000), strict=True):
            viewer.tap.set_bitrate(bps)
        await until(lambda: viewers[2].step is S.P180, "the lowest")
        await until(lambda: len({viewer.step for viewer in viewers}) == 2, "two steps for three")
        assert viewers[2].step is S.P180, "nobody gets more than the line carries"


async def test_stills_with_a_second_or_two_between_then_moving_again_then_sound_alone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(ladder, "STILLS_AFTER_S", 0.6)  # how long it waits is the ladder's own test
    source, told = Wall(), []
    pipeline = VideoPipeline(lambda: source, RATES, on_step=lambda: told.append(pipeline.stats().step))
    async with watched(pipeline, source) as (viewer,):
        await until(lambda: viewer.step is S.P720, "picture")
        viewer.tap.set_bitrate(80_000)
        await until(lambda: viewer.step is S.STILLS, "still")
        still = len(viewer.frames)
        await until(lambda: len(viewer.frames) >= still + 2, "more stills")
        stills = [frame for frame in viewer.frames if frame.step is S.STILLS]
        assert all(frame.key for frame in stills)
        assert all(len(frame.data) < 12_000 for frame in stills)
        assert set(sizes(stills)) == {(640, 360)}
        gaps = [(b.pts_90k - a.pts_90k) / 90_000 for a, b in pairwise(stills)]
        assert all(0.9 < gap < 2.5 for gap in gaps)
        viewer.tap.set_bitrate(3_000_000)
        await until(lambda: viewer.step is S.P720 and told[-1] is S.P720, "moving picture")
        viewer.tap.set_bitrate(0)
        await until(lambda: told[-1] is S.SOUND_ONLY, "word of sound alone")
        silent = len(viewer.frames)
        await asyncio.sleep(1.2 * STILL_EVERY_S[0])
        assert len(viewer.frames) == silent
        assert pipeline.stats().width == 0
    assert told[0] is S.P720
    assert [step for step in told if step not in (S.P180, S.P180_20)] == [S.P720, S.STILLS, S.P720, S.SOUND_ONLY]


async def test_who_cannot_decode_a_still_does_not_wait_for_the_next() -> None:
    source = Wall(640, 360)
    rates = RateSettings(start_bps=80_000, floor_bps=40_000, ceiling_bps=4_000_000)
    pipeline = VideoPipeline(lambda: source, rates)
    async with watched(pipeline, source) as (viewer,):
        await until(lambda: viewer.step is S.STILLS, "still")
        viewer.tap.set_bitrate(45_000)  # one in two seconds now
        await until(lambda: len(viewer.frames) >= 2, "second still")
        await asyncio.sleep(1.05)
        viewer.tap.request_key_frame()
        asked, had = time.monotonic(), len(viewer.frames)
        await until(lambda: len(viewer.frames) > had, "still that was asked for")
        assert time.monotonic() - asked < 0.7


async def test_a_scene_too_rich_for_its_rate_is_shown_smaller_by_the_encoders_own_word() -> None:
    source = Wall(grain=120)
    pipeline = VideoPipeline(lambda: source, RATES)
    async with watched(pipeline, source) as (viewer,):
        await until(lambda: viewer.step is S.P720, "picture")
        viewer.tap.set_bitrate(600_000)  # enough for 720 lines of a room
        await until(lambda: viewer.step is S.P540, "smaller picture")
        assert max(frame.qp or 0.0 for frame in viewer.frames) > 38


def test_stills_fit_the_line() -> None:
    assert still_plan(80_000) == (1.125, 72_000)
    assert still_plan(120_000)[0] == 1.0
    assert still_plan(45_000) == (2.0, 72_000)
    assert still_plan(0)[0] == 2.0


@given(st.floats(5.0, 20.0), st.floats(20.0, 60.0), st.floats(0.0, 0.3))
def test_a_pace_keeps_its_rate_whatever_the_camera_gives(fps: float, camera_fps: float, jitter: float) -> None:
    pace, rng = Pace(fps), np.random.default_rng(1)
    count = int(camera_fps * 10)
    times = [(n + rng.uniform(-jitter, jitter)) / camera_fps for n in range(count)]
    taken = [now_s for now_s in times if pace.due(now_s)]
    assert fps * 9 - 2 <= len(taken) <= fps * 10 + 2


@pytest.mark.parametrize(
    ("source", "lines", "size"),
    [
        ((1280, 720), 540, (960, 540)),
        ((1280, 720), 360, (640, 360)),
        ((1280, 720), 180, (320, 180)),
        ((1920, 1080), 720, (1280, 720)),
        ((640, 480), 720, (640, 480)),
        ((640, 480), 180, (240, 180)),
        ((1024, 768), 540, (720, 540)),
        ((854, 480), 360, (640, 360)),
    ],
)
def test_sizes_keep_the_proportions_and_are_even(source: tuple[int, int], lines: int, size: tuple[int, int]) -> None:
    assert size_for(*source, lines) == size
    picture = np.full((source[1] * 3 // 2, source[0]), 90, np.uint8)
    picture[source[1] :] = 150
    small = scale_i420(picture, *size)
    assert small.shape == (size[1] * 3 // 2, size[0])
    assert set(small[: size[1]].ravel()) == {90}
    assert set(small[size[1] :].ravel()) == {150}
    assert small is picture if source == size else small is not picture


def test_every_step_has_a_rung() -> None:
    assert {rung.step for rung in RUNGS} == set(S)


async def test_an_encoder_is_opened_for_what_the_line_carries_and_again_when_that_has_grown() -> None:
    source, opened = Wall(), []

    def open_encoder(width: int, height: int, bps: int, ceiling_bps: int, fps: float) -> H264Encoder:
        opened.append((height, bps, ceiling_bps))
        return H264Encoder(width, height, bps, ceiling_bps, fps)

    pipeline = VideoPipeline(lambda: source, RATES, open_encoder=open_encoder)
    async with watched(pipeline, source) as (viewer,):
        await until(lambda: viewer.step is S.P720, "picture")
        viewer.tap.set_bitrate(1_900_000)  # within the headroom: no key frame
        await asyncio.sleep(0.5)
        assert opened == [(720, 1_000_000, 3_000_000)]
        viewer.tap.set_bitrate(3_500_000)
        await until(lambda: len(opened) == 2, "larger encoder")
        assert opened[1] == (720, 3_500_000, RATES.ceiling_bps)
        await until(lambda: sum(frame.key for frame in viewer.frames) == 2, "its key frame")
        viewer.tap.set_bitrate(700_000)
        await asyncio.sleep(1.0)
        assert len(opened) == 2, "less is followed in place"
        viewer.tap.request_key_frame()
        await until(lambda: len(opened) == 3, "smaller encoder, with a key frame that was due anyway")
        assert opened[2] == (720, 700_000, 2_100_000)
