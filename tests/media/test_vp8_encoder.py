"""VP8 against an independent decoder, as `test_encoder.py` does with H.264; and the library it is bound to."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

import av
import numpy as np
import pytest

from robot_agent.media import libvpx, vp8_encoder
from robot_agent.media.interfaces import Codec, EncodedFrame
from robot_agent.media.ladder import COARSE_QP
from robot_agent.media.libvpx import Control, LibvpxEncoder, VpxError, VpxLibraryError
from robot_agent.media.vp8_encoder import Vp8Encoder, as_h264_quantiser, usable_codecs
from tests.media.test_encoder import FPS, HEIGHT, WIDTH, Scene

KEY_START = b"\x9d\x01\x2a"  # RFC 6386 section 9.1


@pytest.fixture
def fresh_library() -> Iterator[None]:
    for cached in (libvpx.library, usable_codecs):
        cached.cache_clear()
    yield
    for cached in (libvpx.library, usable_codecs):
        cached.cache_clear()


def encode(encoder: Vp8Encoder, scene: Scene, first: int, count: int) -> list[EncodedFrame]:
    return [encoder.encode(scene.picture(n), n * 90_000 // FPS) for n in range(first, first + count)]


def rate(frames: list[EncodedFrame]) -> float:
    return sum(len(frame.data) for frame in frames) * 8 * FPS / len(frames)


def test_a_decoder_gives_the_pictures_back() -> None:
    encoder, scene = Vp8Encoder(WIDTH, HEIGHT, 2_000_000, 2_500_000), Scene()
    decoder = av.CodecContext.create("vp8", "r")  # libavcodec's own, not libvpx
    assert isinstance(decoder, av.VideoCodecContext)
    decoder.thread_count = 1
    for number in range(10):
        frame = encoder.encode(scene.picture(number), number * 3000)
        assert (frame.pts_90k, frame.codec, frame.key) == (number * 3000, Codec.VP8, number == 0)
        assert (frame.data[3:6] == KEY_START) == frame.key
        packet = av.Packet(frame.data)
        packet.pts, packet.time_base = frame.pts_90k, Fraction(1, 90_000)
        pictures = decoder.decode(packet)
        assert [(one.width, one.height) for one in pictures] == [(WIDTH, HEIGHT)]  # one in, one out
        error = pictures[0].to_ndarray()[:HEIGHT].astype(int) - scene.picture(number)[:HEIGHT]
        assert np.abs(error).mean() < 12


def test_key_frames_come_on_request_only_and_are_bounded() -> None:
    encoder, scene = Vp8Encoder(WIDTH, HEIGHT, 800_000, 1_600_000), Scene()
    frames = encode(encoder, scene, 0, 40)
    cut = scene.picture(0).copy()
    cut[:HEIGHT] = 255 - cut[:HEIGHT]
    frames.append(encoder.encode(cut, 40 * 3000))  # a cut in the scene is no reason for a key frame
    assert [number for number, frame in enumerate(frames) if frame.key] == [0]
    forced = encoder.encode(scene.picture(41), 41 * 3000, force_key=True)
    assert forced.key
    assert len(forced.data) * 8 < 1_600_000 * 0.15


def test_the_rate_follows_in_place() -> None:
    encoder, scene = Vp8Encoder(WIDTH, HEIGHT, 1_000_000, 2_500_000), Scene()
    encode(encoder, scene, 0, 60)
    for first, bps in ((60, 300_000), (150, 2_000_000), (240, 150_000)):
        encoder.set_bitrate(bps)
        assert encoder.bitrate_bps == bps
        settling, settled = encode(encoder, scene, first, 30), encode(encoder, scene, first + 30, 60)
        assert not any(frame.key for frame in settling + settled)
        assert 0.8 * bps < rate(settled) < 1.2 * bps, f"{rate(settled):.0f} for {bps}"


def test_never_above_the_ceiling() -> None:
    encoder = Vp8Encoder(WIDTH, HEIGHT, 9_000_000, 1_000_000)
    assert encoder.bitrate_bps == 1_000_000
    encoder.set_bitrate(5_000_000)
    assert encoder.bitrate_bps == 1_000_000


def test_stills_one_after_the_other_do_not_grow() -> None:
    encoder, scene = Vp8Encoder(WIDTH, HEIGHT, 72_000, 120_000, 1.0), Scene()
    stills = [encoder.encode(scene.picture(n), n * 90_000, force_key=True) for n in range(6)]
    assert all(still.key and len(still.data) * 8 < 96_000 for still in stills)


def test_a_clock_that_stands_still_is_no_reason_to_fail() -> None:
    encoder, scene = Vp8Encoder(WIDTH, HEIGHT, 500_000, 1_000_000), Scene()
    assert [encoder.encode(scene.picture(n), 4711).pts_90k for n in range(3)] == [4711] * 3


def test_what_is_refused() -> None:
    for size in ((0, 0), (641, 360), (640, 361)):
        with pytest.raises(ValueError, match="even sides"):
            Vp8Encoder(*size, 1_000_000, 2_000_000)
    with pytest.raises(ValueError, match="640x360"):
        Vp8Encoder(WIDTH, HEIGHT, 1_000_000, 2_000_000).encode(np.zeros((270, 320), np.uint8), 0)
    config = libvpx.defaults(libvpx.library())
    with pytest.raises(VpxError, match="vpx_codec_control TOKEN_PARTITIONS"):
        LibvpxEncoder(config, {Control.TOKEN_PARTITIONS: 99})
    config.width = 1 << 20
    with pytest.raises(VpxError, match="vpx_codec_enc_init_ver"):
        LibvpxEncoder(config, {})


def test_the_quantiser_is_told_as_the_ladder_wants_it() -> None:
    told = [as_h264_quantiser(index) for index in range(128)]
    assert told == sorted(told)
    assert told[0] < 5
    assert told[110] < COARSE_QP < told[127], "the ladder gives up size when VP8 has nothing coarser left"
    encoder, scene = Vp8Encoder(WIDTH, HEIGHT, 2_000_000, 2_500_000), Scene()
    fine = encode(encoder, scene, 0, 40)[-1].qp
    encoder.set_bitrate(40_000)
    coarse = encode(encoder, scene, 40, 60)[-1].qp
    assert fine is not None
    assert coarse is not None
    assert fine < 30 < COARSE_QP < coarse


@pytest.mark.usefixtures("fresh_library")
def test_the_library_that_comes_with_pyav_does_too(monkeypatch: pytest.MonkeyPatch) -> None:
    bundled = [name for name in libvpx.library_candidates() if "av.libs" in name]
    assert bundled, "PyAV's wheel no longer brings libvpx"
    monkeypatch.setattr(libvpx, "library_candidates", lambda: bundled)
    assert Vp8Encoder(WIDTH, HEIGHT, 500_000, 500_000).encode(Scene().picture(0), 0).key


@pytest.mark.usefixtures("fresh_library")
def test_without_a_library_there_is_h264_alone_and_the_log_says_why(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(libvpx, "library_candidates", lambda: ["/no/such/libvpx.so"])
    with pytest.raises(VpxLibraryError, match=r"/no/such/libvpx\.so.*install"):
        libvpx.library()
    assert vp8_encoder.usable_codecs() == (Codec.H264,)
    assert "browsers without H.264 get no picture" in caplog.text


@pytest.mark.usefixtures("fresh_library")
def test_a_library_of_another_layout_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(libvpx._DEFAULTS, "kf_max_dist", 4711)
    with pytest.raises(VpxLibraryError, match="another layout: kf_max_dist"):
        libvpx.library()
