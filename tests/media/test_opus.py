"""Opus: frames of 10 ms, little delay, faithful sound."""

from __future__ import annotations

from fractions import Fraction
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pytest

from robot_agent.media.blocks import BLOCK, RATE_HZ, Block, dbfs
from robot_agent.media.opus import OpusDecoder, OpusEncoder, OpusPacket, OpusSettings
from tests.media.pulse import lag, strongest_hz, tone

# RFC 6716 table 2: milliseconds of each configuration number.
_CONFIG_MS = [10, 20, 40, 60] * 3 + [10, 20] * 2 + [2.5, 5, 10, 20] * 4


def packet_ms(data: bytes) -> float:
    """Duration from the table of contents (RFC 6716, 3.1 and 3.2)."""
    frames = {0: 1, 1: 2, 2: 2}.get(data[0] & 3) or data[1] & 63
    return frames * _CONFIG_MS[data[0] >> 3]


def encoded(encoder: OpusEncoder, samples: Block) -> list[OpusPacket]:
    results = [encoder.encode(block) for block in samples.reshape(-1, BLOCK)]
    return [packet for packet in results if packet is not None]


def decoded(packets: list[OpusPacket]) -> npt.NDArray[np.int16]:
    decoder = OpusDecoder()
    return np.concatenate([block for packet in packets for block in decoder.decode(packet.data)])


def noise(seconds: float, seed: int = 1) -> Block:
    """Noise shaped roughly as speech: everything below 4 kHz, with syllables."""
    rng = np.random.default_rng(seed)
    count = int(seconds * RATE_HZ)
    spectrum = np.fft.rfft(rng.normal(size=count))
    spectrum[np.fft.rfftfreq(count, 1 / RATE_HZ) > 4000] = 0
    sound = np.fft.irfft(spectrum, count) * (1.2 + np.sin(2 * np.pi * 4 * np.arange(count) / RATE_HZ))
    samples: Block = (sound / np.abs(sound).max() * 16000).astype(np.int16)
    return samples


@pytest.mark.parametrize("application", ["lowdelay", "voip"])
def test_every_block_gives_one_packet_of_ten_milliseconds(application: Literal["lowdelay", "voip"]) -> None:
    encoder = OpusEncoder(OpusSettings(application=application))
    packets = encoded(encoder, noise(1.0))
    assert len(packets) == 100
    assert {packet_ms(packet.data) for packet in packets} == {10}
    assert [packet.pts for packet in packets] == list(range(0, RATE_HZ, BLOCK))
    assert encoder.next_pts == RATE_HZ


@pytest.mark.parametrize(("application", "samples"), [("lowdelay", 120), ("voip", 312)])
def test_the_algorithmic_delay(application: Literal["lowdelay", "voip"], samples: int) -> None:
    sound = noise(1.0)
    out = decoded(encoded(OpusEncoder(OpusSettings(application=application)), sound))
    assert lag(sound, out) == pytest.approx(samples, abs=3)


@pytest.mark.parametrize("application", ["lowdelay", "voip"])
def test_a_tone_keeps_its_pitch_and_level_at_about_the_bitrate(
    application: Literal["lowdelay", "voip"],
) -> None:
    packets = encoded(OpusEncoder(OpusSettings(application=application)), tone(1000.0, 0, RATE_HZ))
    out = decoded(packets)[RATE_HZ // 4 :]
    assert strongest_hz(out) == pytest.approx(1000.0, abs=3.0)
    assert dbfs(out) == pytest.approx(dbfs(tone(1000.0, 0, RATE_HZ)), abs=1.0)
    assert sum(len(packet.data) for packet in packets) * 8 < 1.3 * 32_000


@pytest.mark.parametrize("frame_ms", [10, 20, 40, 60])
def test_longer_frames_when_the_line_gets_thin(frame_ms: int) -> None:
    packets = encoded(OpusEncoder(OpusSettings(application="voip", frame_ms=frame_ms)), noise(1.2))
    assert {packet_ms(packet.data) for packet in packets} == {frame_ms}
    assert [packet.pts for packet in packets] == [i * frame_ms * 48 for i in range(1200 // frame_ms)]
    assert decoded(packets).size == len(packets) * frame_ms * 48


def test_a_new_encoder_goes_on_where_the_old_one_ended() -> None:
    old = OpusEncoder()
    encoded(old, noise(0.1))
    new = OpusEncoder(OpusSettings(application="voip", frame_ms=20), first_pts=old.next_pts)
    assert [packet.pts for packet in encoded(new, noise(0.04))] == [4800, 5760]


def test_error_correction_costs_bits_that_carry_the_frame_before() -> None:
    sound = noise(2.0)
    plain = encoded(OpusEncoder(OpusSettings("voip", 24_000)), sound)
    guarded = encoded(OpusEncoder(OpusSettings("voip", 24_000, fec=True, loss_percent=20)), sound)
    assert [packet.data for packet in plain] != [packet.data for packet in guarded]
    assert sum(_has_fec(packet.data) for packet in guarded) > 50
    assert not any(_has_fec(packet.data) for packet in plain)


def _has_fec(data: bytes) -> bool:
    """The LBRR flag of a mono SILK frame of 10 or 20 ms: second bit of the range coder's first symbols."""
    silk = data[0] >> 3 < 16
    return silk and bool(data[1] & 0x40)


def test_a_packet_for_pyav_carries_its_time() -> None:
    packet = encoded(OpusEncoder(first_pts=960), noise(0.01))[0].to_av()
    assert (packet.pts, packet.duration, packet.time_base) == (960, 480, Fraction(1, 48000))


def test_wrong_settings_and_blocks_are_refused() -> None:
    cases: tuple[tuple[dict[str, Any], str], ...] = (
        ({"frame_ms": 15}, "frame_ms"),
        ({"bitrate_bps": 1}, "bitrate_bps"),
        ({"loss_percent": 101}, "loss_percent"),
        ({"fec": True}, "voip"),
    )
    for settings, word in cases:
        with pytest.raises(ValueError, match=word):
            OpusSettings(**settings)
    with pytest.raises(ValueError, match="shape"):
        OpusEncoder().encode(np.zeros(960, dtype=np.int16))


@pytest.mark.parametrize("garbage", [b"", b"\xff" * 3, b"\x03\x3f"])
def test_garbage_is_refused_and_the_decoder_goes_on(garbage: bytes) -> None:
    decoder = OpusDecoder()
    with pytest.raises(ValueError, match="Opus"):
        decoder.decode(garbage)
    packet = encoded(OpusEncoder(), noise(0.01))[0]
    assert [block.shape for block in decoder.decode(packet.data)] == [(BLOCK,)]
