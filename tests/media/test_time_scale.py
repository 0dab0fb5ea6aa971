"""Shortening and lengthening by one period: how much, when not, and that nobody hears it."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from robot_agent.media.blocks import RATE_HZ
from robot_agent.media.time_scale import ENOUGH, FADE, LAG_MAX, LAG_MIN, Floats, fade_over, lengthen, shorten


def tone(hz: float, count: int, level: float = 8000.0) -> Floats:
    return (level * np.sin(2 * np.pi * hz * np.arange(count) / RATE_HZ)).astype(np.float32)


def hiss(count: int, level: float, seed: int = 1) -> Floats:
    return np.random.default_rng(seed).normal(0, level, count).astype(np.float32)


@pytest.mark.parametrize("hz", [80.0, 120.0, 210.0, 390.0])
def test_a_period_goes_and_comes_without_a_seam(hz: float) -> None:
    sound = tone(hz, 2000)
    steepest = np.abs(np.diff(sound)).max()
    shorter, longer = shorten(sound), lengthen(sound[:1000], sound[1000:])
    assert shorter is not None
    assert longer is not None
    assert LAG_MIN <= sound.size - shorter.size <= LAG_MAX
    assert LAG_MIN <= longer.size - 1000 <= LAG_MAX
    assert np.abs(np.diff(shorter)).max() < 1.2 * steepest
    assert np.abs(np.diff(np.concatenate([sound[:1000], longer]))).max() < 1.2 * steepest


def test_loud_hiss_is_left_alone_unless_forced_and_quiet_hiss_is_not() -> None:
    loud, quiet = hiss(2000, 3000.0), hiss(2000, 20.0)
    assert shorten(loud) is None
    assert lengthen(loud[:1000], loud[1000:]) is None
    assert shorten(loud, -1.0) is not None
    assert shorten(quiet) is not None
    assert lengthen(quiet[:1000], quiet[1000:]) is not None


def test_too_little_sound_is_left_alone() -> None:
    assert shorten(tone(200, ENOUGH - 1)) is None
    assert lengthen(tone(200, LAG_MAX - 1), tone(200, 480)) is None
    assert lengthen(tone(200, LAG_MAX), tone(200, FADE - 1)) is None


def test_silence_can_be_cut() -> None:
    shorter = shorten(np.zeros(2000, np.float32))
    assert shorter is not None
    assert not shorter.any()


@given(st.integers(0, 2**31), st.integers(ENOUGH, 3000), st.floats(0, 32767))
def test_nothing_gets_louder(seed: int, count: int, level: float) -> None:
    sound = np.clip(hiss(count, level, seed), -32768, 32767)
    most = float(np.abs(sound).max()) + 1.0
    for changed in (shorten(sound, -1.0), lengthen(sound, sound, -1.0)):
        assert changed is not None
        assert float(np.abs(changed).max()) <= most


def test_a_fade_begins_as_the_old_and_ends_as_the_new() -> None:
    blended = fade_over(np.full(240, 100, np.float32), np.zeros(480, np.float32))
    assert blended[0] == 100
    assert not blended[240:].any()
    assert fade_over(np.zeros(0, np.float32), blended).tolist() == blended.tolist()
