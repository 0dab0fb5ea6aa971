"""One camera, two codecs: each viewer gets what its browser decodes, each stream is encoded once."""

from __future__ import annotations

import asyncio
from itertools import pairwise

import av
import pytest

from protocol.state import PictureStep as S
from robot_agent.media import video
from robot_agent.media.interfaces import Codec, EncodedFrame
from robot_agent.media.levels import share
from robot_agent.media.video import VideoPipeline
from robot_agent.media.vp8_encoder import Vp8Encoder
from tests.media.test_video_levels import RATES, Viewer, Wall, until, watched


def decoded(frames: list[EncodedFrame]) -> list[tuple[int, int]]:
    decoder = av.CodecContext.create("vp8", "r")
    assert isinstance(decoder, av.VideoCodecContext)
    return [(picture.width, picture.height) for frame in frames for picture in decoder.decode(av.Packet(frame.data))]


async def test_each_viewer_has_its_codec_and_those_alike_share_one_encoder(monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[tuple[int, int]] = []

    class Counted(Vp8Encoder):
        def __init__(self, width: int, height: int, *rates: float) -> None:
            opened.append((width, height))
            super().__init__(width, height, *rates)

    monkeypatch.setattr(video, "Vp8Encoder", Counted)
    source = Wall()
    pipeline = VideoPipeline(lambda: source, RATES)
    async with watched(pipeline, source) as (usual,):
        taps = [pipeline.subscribe() for _ in range(2)]
        for tap in taps:
            tap.use(Codec.VP8)
        others = [Viewer(tap) for tap in taps]
        try:
            await until(lambda: min(len(viewer.frames) for viewer in (usual, *others)) > 20, "pictures for all")
            stats = pipeline.stats()
        finally:
            for viewer in others:
                viewer.task.cancel()
                viewer.tap.close()
    assert {frame.codec for frame in usual.frames} == {Codec.H264}
    assert opened == [(1280, 720)]
    assert (stats.step, stats.width) == (S.P720, 1280)
    for viewer in others:
        assert {frame.codec for frame in viewer.frames} == {Codec.VP8}
        assert viewer.frames[0].key
        assert decoded(viewer.frames) == [(1280, 720)] * len(viewer.frames)
    assert others[0].frames[-1] is others[1].frames[-1], "the same bytes for both"
    assert sum(frame.key for frame in usual.frames) == 1, "their key frames are not its business"


async def test_vp8_has_the_ladder_key_frames_on_request_and_the_rate_in_place() -> None:
    source = Wall()
    pipeline = VideoPipeline(lambda: source, RATES)
    async with watched(pipeline, source, 0):
        tap = pipeline.subscribe()
        tap.use(Codec.VP8)
        viewer = Viewer(tap)
        try:
            await until(lambda: viewer.step is S.P720 and len(viewer.frames) > 5, "picture")
            tap.set_bitrate(700_000)
            await asyncio.sleep(0.5)
            assert sum(frame.key for frame in viewer.frames) == 1
            for _ in range(10):
                tap.request_key_frame()
            await until(lambda: sum(frame.key for frame in viewer.frames) == 2, "key frame")
            tap.set_bitrate(200_000)
            await until(lambda: viewer.step is S.P360, "smaller picture")
            await until(lambda: len(viewer.frames) > 60, "more of it")
        finally:
            viewer.task.cancel()
            tap.close()
    keys = [frame.pts_90k for frame in viewer.frames if frame.key and frame.step is S.P720]
    assert all(b - a >= 0.95 * 90_000 for a, b in pairwise(keys)), "one a second at most"
    sizes = decoded(viewer.frames)
    assert len(sizes) == len(viewer.frames)
    assert {sizes[0], sizes[-1]} == {(1280, 720), (640, 360)}


def test_the_limit_counts_both_codecs_and_takes_the_last_from_neither() -> None:
    def shared(*wishes: tuple[Codec, S], limit: int) -> dict[tuple[Codec, S], tuple[Codec, S]]:
        return {tuple(a): tuple(b) for a, b in share([video.Stream(*wish) for wish in wishes], limit).items()}

    usual, other = Codec.H264, Codec.VP8
    alone = {(usual, S.P720): (usual, S.P720), (other, S.P720): (other, S.P720)}
    assert shared((usual, S.P720), (other, S.P720), limit=2) == alone
    assert shared((usual, S.P720), (other, S.P720), limit=1) == alone, "nobody is left without a picture"
    three = shared((usual, S.P720), (usual, S.P720), (usual, S.P360), (other, S.P540), limit=2)
    assert three[usual, S.P720] == (usual, S.P360)
    assert three[other, S.P540] == (other, S.P540)
    assert shared((usual, S.STILLS), (other, S.P720), limit=1)[usual, S.STILLS] == (usual, S.STILLS)
