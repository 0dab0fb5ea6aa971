"""The real libopus: packets, concealment, and the copy of a lost packet in the next."""

from __future__ import annotations

import ctypes.util
from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
import pytest

from robot_agent.media import libopus
from robot_agent.media.blocks import BLOCK, RATE_HZ
from robot_agent.media.libopus import OpusDecodeError, OpusVoiceDecoder
from robot_agent.media.opus import OpusEncoder, OpusSettings
from robot_agent.media.sound_errors import OpusLibraryError
from robot_agent.media.voice_packet import has_fec, is_dtx, packet_samples

VOIP = OpusSettings(application="voip", frame_ms=20, fec=True, loss_percent=20)


@pytest.fixture
def fresh_library() -> Iterator[None]:
    libopus.library.cache_clear()
    yield
    libopus.library.cache_clear()


def speech(seconds: float, seed: int = 1) -> npt.NDArray[np.int16]:
    """Like a voice: a gliding pitch with harmonics under formants, syllables of 200 ms that differ."""
    count = int(seconds * RATE_HZ) // BLOCK * BLOCK
    times = np.arange(count) / RATE_HZ
    rng = np.random.default_rng(seed)
    syllables = int(seconds * 5) + 1
    at = np.clip((times * 5).astype(int), 0, syllables - 1)
    pitch = rng.uniform(100, 180, syllables)[at] + 20 * np.sin(2 * np.pi * 2.1 * times)
    phase = 2 * np.pi * np.cumsum(pitch) / RATE_HZ
    formant = rng.uniform(400, 1800, syllables)[at]
    voice = np.zeros(count)
    for harmonic in range(1, 25):
        gain = np.exp(-(((harmonic * pitch - formant) / 350) ** 2)) + 0.25 / harmonic
        voice += gain * np.sin(harmonic * phase)
    voice *= np.sin(np.pi * (times * 5 % 1.0)) ** 0.5
    return np.rint(voice * 9000 / np.abs(voice).max()).astype(np.int16)


def packets(samples: npt.NDArray[np.int16], settings: OpusSettings) -> list[bytes]:
    encoder = OpusEncoder(settings)
    made = (encoder.encode(block) for block in samples.reshape(-1, BLOCK))
    return [packet.data for packet in made if packet is not None]


def snr_db(reference: npt.NDArray[np.int16], heard: npt.NDArray[np.int16]) -> float:
    clean = reference.astype(np.float64)
    noise = clean - heard
    return float(10 * np.log10(np.sum(clean**2) / max(1.0, np.sum(noise**2))))


@pytest.mark.parametrize("frame_ms", [10, 20, 40, 60])
@pytest.mark.parametrize("application", ["lowdelay", "voip"])
def test_packets_of_every_length_are_decoded_whole(frame_ms: int, application: str) -> None:
    settings = OpusSettings(application=application, frame_ms=frame_ms)  # type: ignore[arg-type]
    decoder = OpusVoiceDecoder()
    for payload in packets(speech(0.6), settings):
        assert packet_samples(payload) == frame_ms * 48
        assert decoder.decode(payload).shape == (frame_ms * 48,)


def test_the_copy_in_the_next_packet_is_far_better_than_concealment() -> None:
    """Every fifth packet is lost; how near does each way come to the sound without loss?"""
    sent = packets(speech(6.0), VOIP)
    whole, with_copy, without = OpusVoiceDecoder(), OpusVoiceDecoder(), OpusVoiceDecoder()
    recovered, concealed = [], []
    for number, payload in enumerate(sent[:-1]):
        reference = whole.decode(payload)
        if number % 5 == 4 and has_fec(sent[number + 1]):
            recovered.append(snr_db(reference, with_copy.recover(sent[number + 1], 960)))
            concealed.append(snr_db(reference, without.conceal(960)))
        else:
            with_copy.decode(payload)
            without.decode(payload)
    assert len(recovered) > 30
    print(f"median SNR: copy {np.median(recovered):.1f} dB, concealment {np.median(concealed):.1f} dB")
    assert np.median(recovered) > np.median(concealed) + 4.0


def test_the_encoder_says_which_packets_carry_a_copy() -> None:
    voiced = speech(2.0)
    with_fec = sum(map(has_fec, packets(voiced, VOIP)))
    assert with_fec > 50
    assert not any(map(has_fec, packets(voiced, OpusSettings(application="voip", frame_ms=20))))
    assert not any(map(has_fec, packets(voiced, OpusSettings(application="lowdelay", frame_ms=20))))


def test_concealment_goes_on_like_the_sound_and_dies_away() -> None:
    decoder = OpusVoiceDecoder()
    times = np.arange(RATE_HZ // 2 // BLOCK * BLOCK) / RATE_HZ
    for payload in packets((8000 * np.sin(2 * np.pi * 300 * times)).astype(np.int16), VOIP):
        last = decoder.decode(payload)
    levels = [float(np.abs(decoder.conceal(480)).max()) for _ in range(200)]
    assert levels[0] > 0.5 * np.abs(last).max()
    assert levels[-1] < 0.1 * levels[0]


def test_what_is_not_opus_is_refused_and_changes_nothing() -> None:
    decoder = OpusVoiceDecoder()
    with pytest.raises(OpusDecodeError, match="opus_decode: corrupted stream") as caught:
        decoder.decode(b"\xff\xff\xff")
    assert caught.value.code == -4
    with pytest.raises(ValueError, match="empty"):
        decoder.decode(b"")
    with pytest.raises(ValueError, match="empty"):
        decoder.recover(b"", 960)
    for wrong in (0, -120, 100, 5880):
        with pytest.raises(ValueError, match="samples"):
            decoder.conceal(wrong)
    decoder.reset()
    assert decoder.decode(packets(speech(0.1), VOIP)[0]).shape == (960,)


def test_the_first_bytes_are_checked() -> None:
    for wrong in (b"", b"\x03", b"\x03\x00", b"\xfb\x3f"):
        with pytest.raises(ValueError, match="Opus"):
            packet_samples(wrong)
    assert is_dtx(b"\x08")
    assert not has_fec(b"\x08")


@pytest.mark.usefixtures("fresh_library")
def test_the_wheels_library_serves_where_the_system_has_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ctypes.util, "find_library", lambda name: None)
    assert all("libopus" in name for name in libopus.library_candidates())
    assert libopus.library_candidates(), "PyAV's wheel no longer brings libopus"
    assert libopus.library_version().startswith("libopus")
    assert OpusVoiceDecoder().conceal(480).shape == (480,)


@pytest.mark.usefixtures("fresh_library")
def test_a_machine_without_libopus_is_told_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(libopus, "library_candidates", list)
    with pytest.raises(OpusLibraryError, match="install the package libopus0"):
        OpusVoiceDecoder()
    monkeypatch.setattr(libopus, "library_candidates", lambda: ["/no/such/libopus.so"])
    with pytest.raises(OpusLibraryError, match="/no/such"):
        OpusVoiceDecoder()
