"""The ratio controller against two clocks, and what the resampler does to a pure tone."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from robot_agent.media.blocks import BLOCK, RATE_HZ
from robot_agent.media.drift import MAX_PPM, DriftControl, Floats, Resampler

RATIOS = (1.0, 1.0 + MAX_PPM * 1e-6, 1.0 - MAX_PPM * 1e-6, 1.000037)


def resampled(samples: Floats, ratios: list[float]) -> Floats:
    resampler, position, made = Resampler(), 0, []
    for ratio in ratios:
        count = resampler.needed(ratio)
        made.append(resampler.process(samples[position : position + count], ratio))
        position += count
    return np.concatenate(made)


def sine(hz: float, seconds: float) -> Floats:
    return (10_000 * np.sin(2 * np.pi * hz * np.arange(int(seconds * RATE_HZ)) / RATE_HZ)).astype(np.float32)


def noise_below_db(heard: Floats, hz: float) -> float:
    """All that is not the tone, against the tone."""
    window = np.blackman(heard.size)
    spectrum = np.abs(np.fft.rfft(heard.astype(np.float64) * window)) ** 2
    centre = round(hz * heard.size / RATE_HZ)
    tone = slice(max(0, centre - 12), centre + 13)
    power = float(spectrum[tone].sum())
    spectrum[tone] = 0.0
    return float(10 * np.log10(spectrum[20:].sum() / power))


@pytest.mark.parametrize("hz", [220.0, 1000.0, 4000.0, 9000.0, 15_000.0])
@pytest.mark.parametrize("ratio", RATIOS)
def test_a_pure_tone_stays_pure(hz: float, ratio: float) -> None:
    heard = resampled(sine(hz, 2.2), [ratio] * 200)[BLOCK:]
    assert noise_below_db(heard, hz * ratio) < -70


def test_a_change_of_ratio_does_not_click() -> None:
    ratios = [1.0 + MAX_PPM * 1e-6 * (number % 20 < 10) for number in range(200)]
    heard = resampled(sine(1000.0, 2.2), ratios)[BLOCK:]
    steps = np.abs(np.diff(heard, 3))
    assert steps.max() < 1.2 * np.median(np.sort(steps)[-1000:])


@given(st.lists(st.floats(1 - MAX_PPM * 1e-6, 1 + MAX_PPM * 1e-6), min_size=1, max_size=60))
def test_samples_in_and_out_balance(ratios: list[float]) -> None:
    resampler, taken = Resampler(), 0
    for ratio in ratios:
        count = resampler.needed(ratio)
        heard = resampler.process(np.zeros(count, np.float32), ratio)
        taken += count
        assert heard.shape == (BLOCK,)
    assert abs(taken - resampler.held - BLOCK * sum(ratios)) <= 2


def test_too_few_samples_are_refused() -> None:
    resampler = Resampler()
    with pytest.raises(ValueError, match="a block takes"):
        resampler.process(np.zeros(resampler.needed(1.0) - 1, np.float32), 1.0)


@pytest.mark.parametrize("ppm", [-300.0, -40.0, 0.0, 150.0, 300.0])
def test_the_controller_finds_the_drift_and_holds_the_wait(ppm: float) -> None:
    control, error_s, rng = DriftControl(), 0.004, np.random.default_rng(2)
    errors = []
    for _ in range(int(240 / 0.2)):
        control.update(error_s + rng.normal(0.0, 0.0005), 0.2)
        error_s += (ppm * 1e-6 - (control.ratio - 1.0)) * 0.2
        errors.append(error_s)
    assert abs(errors[-1]) < 0.001
    assert max(map(abs, errors)) < 0.012
    assert control.drift_ppm == pytest.approx(ppm, abs=25)


@given(st.lists(st.floats(-10, 10), max_size=50))
def test_the_ratio_is_always_near_one(errors: list[float]) -> None:
    control = DriftControl()
    for error in errors:
        control.update(error, 0.2)
        assert abs(control.ratio - 1.0) <= MAX_PPM * 1e-6 + 1e-12
        assert abs(control.drift_ppm) <= MAX_PPM + 1e-6
