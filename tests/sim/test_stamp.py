"""The stamp strip: what is painted is read, through compression and scaling, and damage is noticed."""

import av
import cv2
import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hardware_sim import stamp

Picture = npt.NDArray[np.uint8]
SEQUENCES = st.integers(0, 2**20 - 1)
TIMES = st.integers(1, 2**40 - 1)


def textured(width: int = 1280, height: int = 720) -> Picture:
    noise = np.random.default_rng(1).integers(0, 256, (height // 8, width // 8, 3), dtype=np.uint8)
    return np.asarray(cv2.resize(noise, (width, height), interpolation=cv2.INTER_CUBIC), np.uint8)


def luma(frame: Picture) -> Picture:
    return np.asarray(cv2.cvtColor(frame, cv2.COLOR_BGR2GRAY), np.uint8)


def test_crc_is_the_standard_one() -> None:
    assert stamp.crc8(b"123456789") == 0xF4


def test_strip_lies_where_the_format_says() -> None:
    frame = np.full((720, 1280), 77, np.uint8)
    stamp.paint(frame, 0x80001, 1)
    assert (frame[:16, :16] == 255).all()
    assert (frame[:16, 16:32] == 0).all()
    assert (frame[:16, 19 * 16 : 20 * 16] == 255).all()
    assert (frame[:16, 59 * 16 : 60 * 16] == 255).all()
    assert (frame[16:] == 77).all()
    assert (frame[:, 1088:] == 77).all()


@given(SEQUENCES, TIMES)
@settings(max_examples=50, deadline=None)
def test_round_trip_in_colour_and_grey(sequence: int, time_100us: int) -> None:
    for shape in [(64, 1280, 3), (64, 1280), (64, 640), (64, 854, 3)]:
        frame = np.full(shape, 120, np.uint8)
        stamp.paint(frame, sequence, time_100us)
        grey = frame if frame.ndim == 2 else luma(frame)
        assert stamp.read(grey) == stamp.Stamp(sequence, time_100us)


def test_values_wrap() -> None:
    frame = np.zeros((16, 1280), np.uint8)
    stamp.paint(frame, 2**20 + 5, 2**40 + 9)
    assert stamp.read(frame) == stamp.Stamp(5, 9)


@given(SEQUENCES, TIMES)
@settings(max_examples=10, deadline=None)
def test_survives_coarse_jpeg(sequence: int, time_100us: int) -> None:
    frame = textured()
    stamp.paint(frame, sequence, time_100us)
    _, data = cv2.imencode(".jpg", frame, [cv2.IMWRITE_JPEG_QUALITY, 20])
    assert stamp.read(luma(np.asarray(cv2.imdecode(data, cv2.IMREAD_COLOR), np.uint8))) == stamp.Stamp(
        sequence, time_100us
    )


@given(SEQUENCES, TIMES)
@settings(max_examples=10, deadline=None)
def test_survives_blur_and_half_size(sequence: int, time_100us: int) -> None:
    frame = textured()
    stamp.paint(frame, sequence, time_100us)
    blurred = cv2.GaussianBlur(frame, (0, 0), 2.5)
    half = cv2.resize(blurred, (640, 360), interpolation=cv2.INTER_LINEAR)
    assert stamp.read(luma(np.asarray(half, np.uint8))) == stamp.Stamp(sequence, time_100us)


def test_survives_h264_at_a_low_rate() -> None:
    encoder = av.CodecContext.create("libx264", "w")
    assert isinstance(encoder, av.VideoCodecContext)
    encoder.width, encoder.height, encoder.pix_fmt = 1280, 720, "yuv420p"
    encoder.bit_rate, encoder.framerate = 300_000, 30  # type: ignore[assignment]
    encoder.options = {"preset": "superfast", "tune": "zerolatency"}
    decoder = av.CodecContext.create("h264", "r")
    assert isinstance(decoder, av.VideoCodecContext)
    got: list[stamp.Stamp | None] = []
    for number in range(12):
        frame = textured()
        stamp.paint(frame, number, 17_000_000_000 + 333 * number)
        for packet in encoder.encode(av.VideoFrame.from_ndarray(frame, format="bgr24")):
            got += [stamp.read(picture.to_ndarray()[:720]) for picture in decoder.decode(packet)]
    assert got[:10] == [stamp.Stamp(number, 17_000_000_000 + 333 * number) for number in range(10)]


@pytest.mark.parametrize("block", [0, 19, 20, 59, 60, 67])
def test_a_flipped_block_is_noticed(block: int) -> None:
    frame = np.zeros((16, 1280), np.uint8)
    stamp.paint(frame, 12345, 987654321)
    frame[:, block * 16 : (block + 1) * 16] ^= 255
    assert stamp.read(frame) is None


@pytest.mark.parametrize("level", [0, 128, 255])
def test_a_plain_picture_has_no_stamp(level: int) -> None:
    assert stamp.read(np.full((720, 1280), level, np.uint8)) is None


def test_too_small_pictures() -> None:
    assert stamp.read(np.zeros((100, 100), np.uint8)) is None
    with pytest.raises(ValueError, match="too narrow"):
        stamp.paint(np.zeros((100, 100), np.uint8), 1, 1)
