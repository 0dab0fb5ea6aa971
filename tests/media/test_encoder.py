"""The encoder against an independent decoder: size, key frames on request only, and the rate that was asked for."""

from __future__ import annotations

from fractions import Fraction

import av
import cv2
import numpy as np
import numpy.typing as npt
import pytest

from robot_agent.media.encoder import H264Encoder
from robot_agent.media.interfaces import EncodedFrame

WIDTH, HEIGHT, FPS = 640, 360, 30


class Scene:
    """A textured picture that moves, with grain that a codec cannot predict."""

    def __init__(self) -> None:
        rng = np.random.default_rng(3)
        coarse = rng.integers(0, 256, (60, 120), dtype=np.uint8)
        self._wall = cv2.resize(coarse, (WIDTH * 2, HEIGHT + 40), interpolation=cv2.INTER_CUBIC)
        self._grain = rng.integers(-6, 7, (HEIGHT + 40, WIDTH * 2), dtype=np.int16)

    def picture(self, number: int) -> npt.NDArray[np.uint8]:
        shift, lift = abs((2 * number) % 800 - 400), number % 37
        view = np.asarray(self._wall, np.int16)[lift // 4 : lift // 4 + HEIGHT, shift : shift + WIDTH]
        grain = self._grain[lift : lift + HEIGHT, (number * 53) % WIDTH :][:, :WIDTH]
        picture = np.full((HEIGHT * 3 // 2, WIDTH), 128, np.uint8)
        picture[:HEIGHT] = np.clip(view + grain, 0, 255)
        return picture


def encode(encoder: H264Encoder, scene: Scene, first: int, count: int) -> list[EncodedFrame]:
    return [encoder.encode(scene.picture(n), n * 90_000 // FPS) for n in range(first, first + count)]


def rate(frames: list[EncodedFrame]) -> float:
    return sum(len(frame.data) for frame in frames) * 8 * FPS / len(frames)


def test_a_decoder_gives_the_pictures_back() -> None:
    encoder, scene = H264Encoder(WIDTH, HEIGHT, 2_000_000, 2_500_000), Scene()
    decoder = av.CodecContext.create("h264", "r")
    assert isinstance(decoder, av.VideoCodecContext)
    decoder.thread_count = 1
    decoder.flags |= av.codec.context.Flags.low_delay
    for number in range(10):
        frame = encoder.encode(scene.picture(number), number * 3000)
        assert frame.pts_90k == number * 3000
        assert frame.data.startswith(b"\x00\x00\x00\x01")
        packet = av.Packet(frame.data)
        packet.pts, packet.time_base = frame.pts_90k, Fraction(1, 90_000)
        pictures = decoder.decode(packet)
        assert len(pictures) == 1  # one in, one out: nothing is held back
        assert (pictures[0].width, pictures[0].height) == (WIDTH, HEIGHT)
        error = pictures[0].to_ndarray()[:HEIGHT].astype(int) - scene.picture(number)[:HEIGHT]
        assert np.abs(error).mean() < 12


def test_the_stream_is_what_the_answer_promises() -> None:
    data = H264Encoder(WIDTH, HEIGHT, 1_000_000, 2_500_000).encode(Scene().picture(0), 0).data
    parameters = next(unit for unit in data.split(b"\x00\x00\x01") if unit and unit[0] & 0x1F == 7)
    assert parameters[1] == 66  # profile_idc: baseline
    assert parameters[2] & 0x40  # constraint_set1: the constrained one (RFC 6184 section 8.1: 42e0xx)
    assert parameters[3] <= 31  # level


def test_key_frames_come_on_request_only_and_carry_their_headers() -> None:
    encoder, scene = H264Encoder(WIDTH, HEIGHT, 800_000, 2_500_000), Scene()
    frames = encode(encoder, scene, 0, 40)
    cut = scene.picture(0).copy()
    cut[:HEIGHT] = 255 - cut[:HEIGHT]
    frames.append(encoder.encode(cut, 40 * 3000))  # a cut in the scene is no reason for a key frame
    assert [number for number, frame in enumerate(frames) if frame.key] == [0]
    forced = encoder.encode(scene.picture(41), 41 * 3000, force_key=True)
    assert forced.key
    types = [unit[0] & 0x1F for unit in forced.data.split(b"\x00\x00\x01") if unit]
    assert {7, 8, 5} <= set(types)  # parameter sets and an IDR slice: decodable from here
    decoder = av.CodecContext.create("h264", "r")
    assert isinstance(decoder, av.VideoCodecContext)
    assert len([*decoder.decode(av.Packet(forced.data)), *decoder.decode(None)]) == 1


def test_the_rate_follows_in_place() -> None:
    encoder, scene = H264Encoder(WIDTH, HEIGHT, 1_000_000, 2_500_000), Scene()
    encode(encoder, scene, 0, 60)
    for first, bps in ((60, 1_000_000), (150, 300_000), (240, 2_000_000), (330, 150_000)):
        encoder.set_bitrate(bps)
        assert encoder.bitrate_bps == bps
        settling = encode(encoder, scene, first, 30)
        settled = encode(encoder, scene, first + 30, 60)
        assert not any(frame.key for frame in settling + settled)
        assert 0.8 * bps < rate(settled) < 1.2 * bps, f"{rate(settled):.0f} for {bps}"


@pytest.mark.parametrize("ceiling_bps", [400_000, 1_000_000, 2_500_000])
def test_the_ceiling_itself_is_reached(ceiling_bps: int) -> None:
    encoder, scene = H264Encoder(WIDTH, HEIGHT, ceiling_bps, ceiling_bps), Scene()
    encode(encoder, scene, 0, 60)
    assert 0.75 * ceiling_bps < rate(encode(encoder, scene, 60, 90)) < 1.1 * ceiling_bps


def test_no_frame_is_larger_than_the_buffer() -> None:
    encoder, scene = H264Encoder(WIDTH, HEIGHT, 2_500_000, 2_500_000), Scene()
    encode(encoder, scene, 0, 30)
    key = encoder.encode(scene.picture(30), 30 * 3000, force_key=True)
    assert len(key.data) * 8 < 2_500_000 * 0.11


def test_never_above_the_ceiling() -> None:
    encoder = H264Encoder(WIDTH, HEIGHT, 9_000_000, 1_000_000)
    assert encoder.bitrate_bps == 1_000_000
    encoder.set_bitrate(5_000_000)
    assert encoder.bitrate_bps == 1_000_000


@pytest.mark.parametrize("size", [(0, 0), (641, 360), (640, 361)])
def test_odd_sizes_are_refused(size: tuple[int, int]) -> None:
    with pytest.raises(ValueError, match="even sides"):
        H264Encoder(*size, 1_000_000, 2_000_000)


def test_another_size_is_refused() -> None:
    encoder = H264Encoder(WIDTH, HEIGHT, 1_000_000, 2_000_000)
    with pytest.raises(ValueError, match="640x360"):
        encoder.encode(np.zeros((270, 320), np.uint8), 0)
