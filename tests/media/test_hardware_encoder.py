"""Hardware that is not here: what the drivers of this build really do, and stand-ins that fail in every way."""

from __future__ import annotations

import logging

import av
import numpy as np
import pytest

from robot_agent.media.encoder import H264Encoder
from robot_agent.media.hardware_encoder import (
    DRIVERS,
    EncoderChoice,
    HardwareEncoder,
    HardwareError,
    nal_types,
    prove,
    to_nv12,
)
from robot_agent.media.interfaces import I420, EncodedFrame, VideoEncoder

PICTURE = np.full((540, 640), 90, np.uint8)


class StandIn:
    """An encoder of a graphics card that is not there: libx264, with the fault that the test chooses."""

    def __init__(self, fault: str = "", after: int = 0) -> None:
        self.fault, self.after, self.made = fault, after, 0
        self.opened: list[str] = []

    def open(self, driver: str, width: int, height: int, bps: int, ceiling_bps: int, fps: float) -> VideoEncoder:
        self.opened.append(driver)
        if self.fault == "missing":
            raise av.error.PermissionError(1, "no device")
        return _Faulty(self, H264Encoder(width, height, bps, ceiling_bps, fps))


class _Faulty:
    def __init__(self, card: StandIn, encoder: H264Encoder) -> None:
        self._card, self._encoder = card, encoder
        self.width, self.height = encoder.width, encoder.height

    def set_bitrate(self, bps: int) -> None:
        self._encoder.set_bitrate(bps)

    def encode(self, picture: I420, pts_90k: int, force_key: bool = False) -> EncodedFrame:
        card = self._card
        card.made += 1
        faulty = card.made > card.after
        if faulty and card.fault == "dies":
            raise av.error.ExternalError(5, "the card is gone")
        if faulty and card.fault == "late":
            raise HardwareError("holds pictures back")
        made = self._encoder.encode(picture, pts_90k, force_key and card.fault != "deaf")
        if faulty and card.fault == "headless":
            return EncodedFrame(
                made.data[made.data.index(b"\x00\x00\x01\x65") :] if made.key else made.data, 0, made.key
            )
        return EncodedFrame(b"\x00\x00\x01\x65rubbish", 0, True) if faulty and card.fault == "rubbish" else made


@pytest.mark.parametrize("driver", DRIVERS)
def test_what_this_build_says_without_the_hardware_is_an_error_that_we_catch(driver: str) -> None:
    """On a machine that has it, the driver must prove itself instead."""
    try:
        encoder = HardwareEncoder(driver, 640, 360, 800_000, 800_000, 30.0)
    except (av.FFmpegError, ValueError):
        return
    prove(encoder)


def test_nothing_is_looked_for_unless_the_setting_asks() -> None:
    card = StandIn()
    choice = EncoderChoice("software", card.open)
    choice.probe()
    assert card.opened == []
    assert choice.driver == "libx264"


def test_auto_takes_the_first_that_works_and_says_so_in_one_line(caplog: pytest.LogCaptureFixture) -> None:
    card = StandIn()
    choice = EncoderChoice("auto", card.open)
    with caplog.at_level(logging.INFO):
        choice.probe()
    assert choice.driver == next(iter(DRIVERS))
    assert [record.getMessage() for record in caplog.records] == [f"the picture is encoded by {choice.driver}"]
    encoder = choice.open(640, 360, 500_000, 800_000, 30.0)
    assert encoder.encode(PICTURE, 0, True).key
    assert not isinstance(encoder, H264Encoder)
    assert isinstance(choice.open(640, 360, 72_000, 120_000, 1.0), H264Encoder), "stills are not worth it"


@pytest.mark.parametrize("fault", ["missing", "dies", "late", "deaf", "headless", "rubbish"])
@pytest.mark.parametrize("wanted", ["auto", "h264_qsv"])
def test_what_does_not_prove_itself_is_not_used(fault: str, wanted: str, caplog: pytest.LogCaptureFixture) -> None:
    card = StandIn(fault)
    choice = EncoderChoice(wanted, card.open)
    choice.probe()
    assert card.opened == ([*DRIVERS] if wanted == "auto" else [wanted])
    assert choice.driver == "libx264"
    assert len(caplog.records) == 1
    assert "libx264" in caplog.text
    assert isinstance(choice.open(640, 360, 500_000, 800_000, 30.0), H264Encoder)


def test_without_any_of_it_this_machine_falls_back(caplog: pytest.LogCaptureFixture) -> None:
    choice = EncoderChoice("auto")
    with caplog.at_level(logging.INFO):
        choice.probe()
    assert len(caplog.records) == 1
    assert choice.open(640, 360, 500_000, 800_000, 30.0).encode(PICTURE, 0, True).key


@pytest.mark.parametrize("fault", ["dies", "late"])
def test_a_failure_while_running_loses_no_picture(fault: str, caplog: pytest.LogCaptureFixture) -> None:
    card = StandIn(fault, after=10)
    choice = EncoderChoice("h264_nvenc", card.open)
    choice.probe()
    one, other = (choice.open(640, 360, 500_000, 800_000, 30.0) for _ in range(2))
    frames = [one.encode(PICTURE, n * 3000) for n in range(12)]
    assert all(frame.data for frame in frames)
    assert [n for n, frame in enumerate(frames) if frame.key] == [0, 10 - 4]  # the probe took four of the ten
    assert choice.driver == "libx264"
    other.set_bitrate(400_000)
    assert other.encode(PICTURE, 0).key
    assert caplog.text.count("libx264 encodes from now on") == 1


def test_a_card_without_room_for_another_stream_is_no_fault_of_the_viewer() -> None:
    card = StandIn()
    choice = EncoderChoice("h264_nvenc", card.open)
    choice.probe()
    card.fault = "missing"
    assert choice.open(640, 360, 500_000, 800_000, 30.0).encode(PICTURE, 0).key
    assert choice.driver == "libx264"


def test_chroma_in_pairs_is_the_same_picture() -> None:
    rng = np.random.default_rng(1)
    picture = rng.integers(0, 256, (24 * 3 // 2, 32), dtype=np.uint8)
    frame = av.VideoFrame.from_ndarray(to_nv12(picture), format="nv12").reformat(format="yuv420p")
    assert np.array_equal(frame.to_ndarray(), picture)


def test_the_kinds_of_units_are_read_with_short_and_long_start_codes() -> None:
    assert nal_types(b"\x00\x00\x00\x01\x67a\x00\x00\x01\x68b\x00\x00\x01\x65c") == {7, 8, 5}
    assert nal_types(b"") == set()
