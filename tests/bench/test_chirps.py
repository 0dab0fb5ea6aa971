"""The ruler for sound: chirps put into a known way come out with its delay, its losses and its gaps."""

from __future__ import annotations

import base64

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.chirps import (
    PERIOD_S,
    RATE_HZ,
    Recording,
    Samples,
    chirp_track,
    chirps_in,
    longest_gap_ms,
    running_median,
    sound_way,
)

PERIODS = 10
MOUTH = np.tile(chirp_track(), PERIODS)


def late(samples: Samples, delay_ms: float) -> Samples:
    return np.concatenate([np.zeros(int(delay_ms / 1000 * RATE_HZ), np.int16), samples])


@settings(max_examples=8, deadline=None)
@given(delay_ms=st.floats(0, 400), starts_ms=st.floats(-400, 400), gain=st.floats(0.1, 1))
def test_a_delay_is_found_whatever_the_level_and_whenever_the_recording_began(
    delay_ms: float, starts_ms: float, gain: float
) -> None:
    ear = (late(MOUTH, delay_ms + max(0.0, -starts_ms)) * gain).astype(np.int16)
    cut = int(max(0.0, starts_ms) / 1000 * RATE_HZ)
    way = sound_way(Recording.steady(5000.0, MOUTH), Recording.steady(5000.0 + starts_ms, ear[cut:]))
    assert way.p50 == pytest.approx(delay_ms, abs=0.2)
    assert way.heard == way.sent >= PERIODS - 3


def test_noise_and_a_codec_s_band_do_not_move_it() -> None:
    rng = np.random.default_rng(3)
    ear = late(MOUTH, 73.0) * 0.5 + rng.normal(0, 500, MOUTH.size + int(0.073 * RATE_HZ))
    assert sound_way(Recording.steady(0, MOUTH), Recording.steady(0, ear.astype(np.int16))).p50 == pytest.approx(
        73, abs=0.3
    )


def test_lost_chirps_are_counted_and_not_timed() -> None:
    ear = late(MOUTH, 50.0)
    for period in (4, 7):
        at = int((period * PERIOD_S + 0.04) * RATE_HZ)
        ear[at : at + RATE_HZ // 10] = 0
    way = sound_way(Recording.steady(0, MOUTH), Recording.steady(0, ear))
    assert way.sent - way.heard == 2
    assert way.p95 == pytest.approx(50.0, abs=0.2)
    assert way.longest_gap_ms == pytest.approx(100, abs=20)


def test_a_way_that_grows_shows_in_p95() -> None:
    ear = late(MOUTH, 40.0)
    half = int(PERIODS / 2 * PERIOD_S * RATE_HZ)
    ear = np.concatenate([ear[:half], np.zeros(RATE_HZ // 10, np.int16), ear[half:]])
    way = sound_way(Recording.steady(0, MOUTH), Recording.steady(0, ear))
    assert way.p95 == pytest.approx(140.0, abs=1.0)


def test_silence_at_the_ear_has_no_delay() -> None:
    way = sound_way(Recording.steady(0, MOUTH), Recording.steady(0, np.zeros_like(MOUTH)))
    assert np.isnan(way.p50)
    assert way.heard == 0
    assert np.isnan(sound_way(Recording.steady(0, MOUTH), Recording.of(None)).p50)


def test_a_clock_that_stumbled_is_followed() -> None:
    at = np.arange(0, MOUTH.size, 640)
    wall = 1000 + at / RATE_HZ * 1000 + np.where(at > MOUTH.size // 2, 250.0, 0.0)  # the audio stood still for 250 ms
    wall[::10] += 9.0  # and some looks at the clock came late
    pcm = base64.b64encode(MOUTH.tobytes()).decode()
    times = chirps_in(Recording.of({"clock": np.stack([at, wall], 1).tolist(), "pcm": pcm}))
    assert times[1] - times[0] == pytest.approx(500, abs=1)
    assert times[-1] - times[0] == pytest.approx(500 * (PERIODS - 1) + 250, abs=1)


def test_the_median_has_as_many_values_as_it_was_given() -> None:
    for count in (1, 2, 5, 30, 31):
        assert running_median(np.arange(count, dtype=float)).size == count


def test_a_gap_is_a_run_of_silent_blocks() -> None:
    sound = MOUTH.copy()
    assert longest_gap_ms(sound) == 0.0
    sound[48_000 : 48_000 + 5 * 480] = 0
    assert longest_gap_ms(sound) == 50.0
