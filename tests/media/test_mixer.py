"""The mixer: sums, gains, limiter, ramps."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from robot_agent.media.blocks import BLOCK, RATE_HZ, Block, BlockRing, dbfs, silence
from robot_agent.media.mixer import CHIME_DBFS, KNEE, MAX_GAIN, RAMP, Mixer, chime, soft_limit, to_block
from tests.media.pulse import tone

blocks = st.lists(st.integers(-32768, 32767), min_size=16, max_size=16).map(
    lambda values: np.resize(np.array(values, dtype=np.int16), BLOCK)
)
gains = st.floats(0.0, MAX_GAIN)


def desk() -> tuple[Mixer, BlockRing, BlockRing]:
    voice, speech = BlockRing(50), BlockRing(50)
    return Mixer({"voice": voice, "speech": speech}), voice, speech


def played(mixer: Mixer, count: int) -> npt.NDArray[np.int16]:
    return np.concatenate([mixer.mix() for _ in range(count)])


def fill(ring: BlockRing, samples: Block) -> None:
    for block in samples.reshape(-1, BLOCK):
        ring.push(block)


def steps(samples: npt.NDArray[np.int16]) -> int:
    return int(np.abs(np.diff(samples.astype(int))).max())


def test_nothing_in_gives_silence_out() -> None:
    mixer, voice, speech = desk()
    assert not played(mixer, 3).any()
    voice.push(silence())
    speech.push(silence())
    assert not played(mixer, 3).any()


def test_one_input_passes_unchanged_after_its_ramp() -> None:
    mixer, voice, _ = desk()
    samples = tone(300.0, 0, BLOCK * 5)
    fill(voice, samples)
    assert np.array_equal(played(mixer, 5)[RAMP:], samples[RAMP:])


def test_inputs_are_summed() -> None:
    mixer, voice, speech = desk()
    fill(voice, tone(300.0, 0, BLOCK * 4))
    fill(speech, tone(700.0, 0, BLOCK * 4))
    expected = tone(300.0, 0, BLOCK * 4).astype(int) + tone(700.0, 0, BLOCK * 4)
    assert np.abs(played(mixer, 4)[RAMP:] - expected[RAMP:]).max() <= 1


def test_a_gain_of_a_half_halves_one_input_only() -> None:
    mixer, voice, speech = desk()
    mixer.set_gain("voice", 0.5)
    mixer.reset()
    fill(voice, tone(300.0, 0, BLOCK * 4))
    assert np.abs(2 * played(mixer, 4)[RAMP:].astype(int) - tone(300.0, 0, BLOCK * 4)[RAMP:]).max() <= 2
    assert mixer.gain("voice") == 0.5
    assert mixer.gain("speech") == 1.0
    played(mixer, 1)
    fill(speech, tone(300.0, 0, BLOCK * 2))
    assert np.array_equal(played(mixer, 2)[RAMP:], tone(300.0, 0, BLOCK * 2)[RAMP:])


def test_the_volume_scales_everything() -> None:
    mixer, voice, _ = desk()
    mixer.volume = 0.1
    mixer.reset()
    fill(voice, tone(300.0, 0, BLOCK * 4))
    assert dbfs(played(mixer, 4)[BLOCK:]) == pytest.approx(dbfs(tone(300.0, 0, RATE_HZ)) - 20.0, abs=0.3)


@pytest.mark.parametrize("bad", [-0.1, MAX_GAIN + 0.1, float("nan"), float("inf")])
def test_an_impossible_gain_is_refused_and_changes_nothing(bad: float) -> None:
    mixer, _, _ = desk()
    with pytest.raises(ValueError, match="gain"):
        mixer.volume = bad
    with pytest.raises(ValueError, match="gain"):
        mixer.set_gain("voice", bad)
    assert (mixer.volume, mixer.gain("voice")) == (1.0, 1.0)


def test_an_unknown_input_is_refused() -> None:
    with pytest.raises(KeyError):
        desk()[0].set_gain("nobody", 1.0)


@given(blocks, blocks, gains, gains)
def test_it_never_wraps(first: Block, second: Block, gain: float, volume: float) -> None:
    mixer, voice, speech = desk()
    mixer.set_gain("voice", gain)
    mixer.volume = volume
    mixer.reset()
    for _ in range(2):
        voice.push(first)
        speech.push(second)
    mixer.mix()
    out = mixer.mix().astype(int)
    wanted = (first * gain + second.astype(float)) * volume
    certain = np.abs(wanted) > 2.0
    assert np.all(np.sign(out[certain]) == np.sign(wanted[certain]))
    assert np.all(np.abs(out) <= np.abs(wanted) + 2.0)


@given(st.lists(st.floats(-16.0, 16.0, width=32), min_size=2, max_size=50))
def test_the_limiter_is_odd_monotonic_and_below_full_scale(values: list[float]) -> None:
    samples = np.sort(np.array(values, dtype=np.float32))
    limited = soft_limit(samples)
    assert np.all(np.diff(limited) >= 0.0)
    assert np.all(np.abs(limited) <= 1.0)
    assert np.allclose(soft_limit(-samples), -limited)
    quiet = np.abs(samples) <= KNEE
    assert np.array_equal(limited[quiet], samples[quiet])


def test_a_sum_over_full_scale_is_bent_not_clipped_flat() -> None:
    mixer, voice, speech = desk()
    loud = (3.5 * tone(300.0, 0, BLOCK * 4).astype(float)).astype(np.int16)
    fill(voice, loud)
    fill(speech, loud)
    out = played(mixer, 4)[RAMP:]
    assert 31000 < out.max() <= 32767
    assert np.count_nonzero(np.abs(out) == 32767) < 20


def test_an_input_that_starts_and_stops_in_mid_wave_does_not_click() -> None:
    mixer, voice, _ = desk()
    quarter = RATE_HZ // 300 // 4  # starts at the crest
    samples = tone(300.0, quarter, BLOCK * 3)
    fill(voice, samples)
    out = played(mixer, 6)
    assert steps(out) < 1.5 * steps(samples)
    assert not out[4 * BLOCK :].any()


def test_a_gap_of_one_block_does_not_click() -> None:
    mixer, voice, _ = desk()
    samples = tone(300.0, 0, BLOCK * 6).reshape(-1, BLOCK)
    out = []
    for number, block in enumerate(samples):
        if number != 3:
            voice.push(block)
        out.append(mixer.mix())
    assert steps(np.concatenate(out)) < 1.5 * steps(samples.reshape(-1))


def test_a_change_of_volume_does_not_click() -> None:
    mixer, voice, _ = desk()
    samples = tone(300.0, 0, BLOCK * 6)
    fill(voice, samples)
    before = played(mixer, 3)
    mixer.volume = 0.0
    mixer.set_gain("voice", 2.0)
    out = np.concatenate([before, played(mixer, 3)])
    assert steps(out) < 1.5 * steps(samples)
    assert not out[4 * BLOCK :].any()


def test_a_reset_leaves_no_tail() -> None:
    mixer, voice, _ = desk()
    fill(voice, tone(300.0, 0, BLOCK * 2) + np.int16(5000))
    played(mixer, 2)
    mixer.reset()
    assert not played(mixer, 2).any()


@pytest.mark.parametrize(("name", "rising"), [("connected", True), ("left", False)])
def test_a_chime_is_soft_two_toned_and_ends_in_silence(name: str, rising: bool) -> None:
    samples = np.concatenate(chime(name))
    assert 0.3 < samples.size / RATE_HZ < 1.0
    assert dbfs(samples) == pytest.approx(CHIME_DBFS, abs=0.2)
    assert np.abs(samples[[0, -1]]).max() < 50
    first, second = np.split(samples, 2)
    crossings = [int(np.count_nonzero(np.diff(np.signbit(half)))) for half in (first, second)]
    assert (crossings[1] > crossings[0]) is rising


def test_to_block_saturates() -> None:
    assert to_block(np.array([-3.0, 0.0, 3.0], dtype=np.float32)).tolist() == [-32768, 0, 32767]
