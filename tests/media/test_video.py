"""The pipeline: encoded once, fanned out, nothing queues, nothing stays after closing."""

from __future__ import annotations

import asyncio
import threading
import time
from fractions import Fraction
from itertools import pairwise
from typing import Any

import av
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol.state import PictureStep
from robot_agent.media import video_thread
from robot_agent.media.encoder import H264Encoder
from robot_agent.media.interfaces import EncodedFrame, VideoFrame
from robot_agent.media.rate.control import RateSettings
from robot_agent.media.video import TAP_FRAMES, Tap, VideoPipeline
from robot_agent.media.video_thread import KEY_FRAME_INTERVAL_S, Batch, KeyFrameGate


class Source:
    """A `FrameSource` that makes a picture whenever the test says so."""

    made: list[Source]

    def __init__(self, width: int = 320, height: int = 180) -> None:
        self.size = (width, height)
        self.newest: VideoFrame | None = None
        self.opened = self.closed = 0
        self.taken: list[int] = []
        self._changed = threading.Condition()

    def open(self) -> None:
        self.opened += 1

    def close(self) -> None:
        self.closed += 1
        with self._changed:
            self._changed.notify_all()

    def wait_newer(self, sequence: int, timeout_s: float) -> VideoFrame | None:
        def ready() -> bool:
            return bool(self.closed) or (self.newest is not None and self.newest.sequence > sequence)

        with self._changed:
            if not self._changed.wait_for(ready, timeout_s) or self.closed or self.newest is None:
                return None
            self.taken.append(self.newest.sequence)
            return self.newest

    def show(self, count: int = 1) -> None:
        width, height = self.size
        with self._changed:
            for _ in range(count):
                number = 0 if self.newest is None else self.newest.sequence + 1
                picture = np.full((height * 3 // 2, width), 128, np.uint8)
                picture[:height] = (number * 7) % 200
                self.newest = VideoFrame(number, time.monotonic(), picture)
            self._changed.notify_all()


async def next_frame(tap: Tap, source: Source) -> EncodedFrame:
    """Pictures at 100 Hz until the viewer gets something."""
    waiting = asyncio.ensure_future(tap.get())
    for _ in range(500):
        source.show()
        done, _ = await asyncio.wait([waiting], timeout=0.01)
        if done:
            return waiting.result()
    waiting.cancel()
    raise AssertionError("no frame in 5 s")


def decode(frames: list[EncodedFrame]) -> list[av.VideoFrame]:
    decoder = av.CodecContext.create("h264", "r")
    assert isinstance(decoder, av.VideoCodecContext)
    pictures: list[av.VideoFrame] = []
    for frame in frames:
        packet = av.Packet(frame.data)
        packet.pts, packet.time_base = frame.pts_90k, Fraction(1, 90_000)
        pictures += decoder.decode(packet)
    return pictures + list(decoder.decode(None))


def encoder_threads() -> list[str]:
    return [thread.name for thread in threading.enumerate() if thread.name == "video-encoder"]


async def test_a_viewer_gets_decodable_frames_and_the_first_is_a_key_frame() -> None:
    source = Source()
    pipeline = VideoPipeline(lambda: source)
    await pipeline.open()
    tap = pipeline.subscribe()
    try:
        frames = [await next_frame(tap, source) for _ in range(5)]
        stats = pipeline.stats()
    finally:
        tap.close()
        await pipeline.close()
    assert [frame.key for frame in frames] == [True, False, False, False, False]
    assert all(later.pts_90k > earlier.pts_90k for earlier, later in pairwise(frames))
    pictures = decode(frames)
    assert len(pictures) == 5
    assert (pictures[0].width, pictures[0].height) == (320, 180)
    assert (stats.width, stats.height, stats.key_frames) == (320, 180, 1)
    assert stats.encoded >= 5
    assert stats.fps > 0
    assert stats.bitrate_bps > 0


async def test_encoded_once_for_every_viewer() -> None:
    source = Source()
    pipeline = VideoPipeline(lambda: source)
    await pipeline.open()
    first, second = pipeline.subscribe(), pipeline.subscribe()
    try:
        waiting = asyncio.ensure_future(second.get())
        await asyncio.sleep(0)
        one = await next_frame(first, source)
        assert one is await asyncio.wait_for(waiting, 5)  # the same object, not encoded again
    finally:
        await pipeline.close()


async def test_nothing_is_encoded_while_nobody_looks() -> None:
    source = Source()
    pipeline = VideoPipeline(lambda: source)
    await pipeline.open()
    pipeline.subscribe()  # admitted, but its connection is not up yet
    try:
        for _ in range(5):
            source.show()
            await asyncio.sleep(0.01)
        assert source.taken
        assert pipeline.stats().encoded == 0
    finally:
        await pipeline.close()


async def test_only_the_newest_picture_is_encoded() -> None:
    source = Source()
    pipeline = VideoPipeline(lambda: source)
    await pipeline.open()
    tap = pipeline.subscribe()
    try:
        await next_frame(tap, source)
        taken = len(source.taken)
        source.show(50)  # all at once, as after a hang: only the last one is worth anything
        assert source.newest is not None
        newest = source.newest.sequence
        while newest not in source.taken:
            await asyncio.sleep(0.005)
        assert len(source.taken) - taken <= 2
    finally:
        await pipeline.close()


async def test_a_lagging_viewer_loses_frames_and_then_gets_a_key_frame() -> None:
    source = Source()
    pipeline = VideoPipeline(lambda: source)
    await pipeline.open()
    lagging, quick = pipeline.subscribe(), pipeline.subscribe()
    try:
        waiting = asyncio.ensure_future(lagging.get())
        await next_frame(quick, source)
        assert (await asyncio.wait_for(waiting, 5)).key
        for _ in range(3 * TAP_FRAMES):
            await next_frame(quick, source)
        assert lagging.dropped > 0
        recovered = await next_frame(lagging, source)
        while not recovered.key:  # what already waited may still be in order
            recovered = await next_frame(lagging, source)
        decode([recovered])
        assert pipeline.stats().dropped == lagging.dropped + quick.dropped
    finally:
        await pipeline.close()


async def test_a_tap_never_holds_more_than_its_bound() -> None:
    pipeline = VideoPipeline(Source)
    tap = pipeline.subscribe()
    waiting = asyncio.ensure_future(tap.get())
    await asyncio.sleep(0)
    tap.wanted = PictureStep.P720

    def push(data: bytes, number: int, key: bool) -> None:
        tap.take(Batch((EncodedFrame(data, number, key),), 720), None, time.monotonic())

    push(b"k", 0, True)
    await waiting
    for number in range(50):
        push(b"p", number, False)
    assert tap.dropped >= 50 - TAP_FRAMES
    push(b"k", 99, True)
    assert (await tap.get()).pts_90k == 99


async def test_taps_survive_a_closed_picture_and_begin_again_with_a_key_frame() -> None:
    sources: list[Source] = []

    def make() -> Source:
        sources.append(Source())
        return sources[-1]

    pipeline = VideoPipeline(make)
    tap = pipeline.subscribe()
    for turn in range(10):
        await pipeline.open()
        await pipeline.open()  # open already: nothing
        assert pipeline.is_open
        assert (await next_frame(tap, sources[-1])).key
        await pipeline.close()
        await pipeline.close()
        assert len(sources) == turn + 1
        assert (sources[-1].opened, sources[-1].closed) == (1, 1)
    assert not encoder_threads()
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(tap.get(), 0.05)  # private: nothing comes


async def test_a_change_of_size_makes_a_new_stream() -> None:
    source = Source()
    pipeline = VideoPipeline(lambda: source)
    await pipeline.open()
    tap = pipeline.subscribe()
    try:
        await next_frame(tap, source)
        source.size = (640, 360)
        frame = await next_frame(tap, source)
        while not frame.key:
            frame = await next_frame(tap, source)
        assert decode([frame])[0].width == 640
    finally:
        await pipeline.close()


async def test_the_slowest_viewer_decides_the_bitrate() -> None:
    source = Source()
    rates = RateSettings(start_bps=500_000, floor_bps=100_000, ceiling_bps=900_000)
    pipeline = VideoPipeline(lambda: source, rates)
    await pipeline.open()
    fast, slow = pipeline.subscribe(), pipeline.subscribe()

    async def target() -> int:
        await next_frame(fast, source)
        await next_frame(fast, source)
        return pipeline.stats().target_bps

    waiting = asyncio.ensure_future(slow.get())  # a viewer counts from its first look on
    try:
        assert await target() == 500_000
        fast.set_bitrate(800_000)
        slow.set_bitrate(300_000)
        assert await target() == 300_000
        slow.set_bitrate(90_000)
        assert await target() == 100_000
        slow.close()
        slow.close()
        assert await target() == 800_000
    finally:
        waiting.cancel()
        await pipeline.close()


@given(st.lists(st.tuples(st.floats(0.001, 0.5), st.booleans()), max_size=200))
def test_key_frames_keep_their_distance_and_none_is_forgotten(steps: list[tuple[float, bool]]) -> None:
    gate, now_s, taken, wanted = KeyFrameGate(), 0.0, [float("-inf")], False
    for step, request in steps:
        now_s += step
        if request:
            gate.request()
            wanted = True
        due = wanted and now_s - taken[-1] >= KEY_FRAME_INTERVAL_S
        assert gate.take(now_s) == due
        if due:
            taken.append(now_s)
            wanted = False


def test_the_first_key_frame_comes_at_once() -> None:
    gate = KeyFrameGate()
    gate.request()
    assert gate.take(0.0)
    gate.request()
    assert not gate.take(0.5)
    assert gate.take(1.0)
    assert not gate.take(5.0)


async def test_whatever_an_encoder_raises_the_picture_comes_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(video_thread, "ENCODER_RETRY_S", 0.01)
    broken = [ZeroDivisionError(), MemoryError(), OSError()]

    def open_encoder(*how: Any) -> H264Encoder:
        if broken:
            raise broken.pop()
        return H264Encoder(*how)

    source = Source()
    pipeline = VideoPipeline(lambda: source, open_encoder=open_encoder)
    await pipeline.open()
    tap = pipeline.subscribe()
    try:
        assert (await next_frame(tap, source)).key
    finally:
        tap.close()
        await pipeline.close()
    assert not broken


async def test_what_could_not_be_closed_counts_as_open(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(video_thread, "ENCODER_JOIN_S", 0.05)
    hangs = threading.Event()

    class Hanging(Source):
        def wait_newer(self, sequence: int, timeout_s: float) -> VideoFrame | None:
            hangs.wait()
            return None

    pipeline = VideoPipeline(Hanging)
    await pipeline.open()
    try:
        with pytest.raises(TimeoutError):
            await pipeline.close()
        assert pipeline.is_open
    finally:
        hangs.set()
    for thread in threading.enumerate():
        if thread.name == "video-encoder":
            await asyncio.to_thread(thread.join, 5)
    await pipeline.close()
    assert not pipeline.is_open
