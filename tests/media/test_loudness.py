"""Volume as it sounds, the whisper's colour, and changes that nobody hears as a click."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from robot_agent.media.blocks import BLOCK, RATE_HZ, BlockRing
from robot_agent.media.loudness import WHISPER_DB, Floats, Loudness, LoudnessStage
from robot_agent.media.mixer import Mixer


def sine(hz: float, blocks: int, level: float = 0.3) -> Floats:
    return (level * np.sin(2 * np.pi * hz * np.arange(blocks * BLOCK) / RATE_HZ)).astype(np.float32)


def through(stage: LoudnessStage, samples: Floats) -> Floats:
    return np.concatenate([stage.process(block) for block in samples.reshape(-1, BLOCK)])


def level_db(samples: Floats) -> float:
    return float(10 * np.log10(np.mean(samples.astype(np.float64) ** 2) + 1e-20))


def response_db(hz: float, loudness: Loudness) -> float:
    stage = LoudnessStage()
    stage.wanted = loudness
    stage.reset()
    sound = sine(hz, 40)
    return level_db(through(stage, sound)[10 * BLOCK :]) - level_db(sound[10 * BLOCK :])


def test_half_the_percentage_is_half_as_loud() -> None:
    assert response_db(1000, Loudness(100)) == pytest.approx(0.0, abs=0.01)
    assert response_db(1000, Loudness(50)) == pytest.approx(-10.0, abs=0.1)
    assert response_db(1000, Loudness(25)) == pytest.approx(-20.0, abs=0.1)
    assert response_db(1000, Loudness(0)) < -150


def test_a_whisper_is_far_lower_with_its_consonants_kept() -> None:
    def whisper(hz: float) -> float:
        return response_db(hz, Loudness(100, whisper=True))

    assert whisper(900) == pytest.approx(WHISPER_DB, abs=1.5)
    assert whisper(3100) == pytest.approx(WHISPER_DB + 6, abs=1.0)
    assert whisper(110) < WHISPER_DB - 8
    assert whisper(12_000) < WHISPER_DB + 1.5
    assert response_db(900, Loudness(50, whisper=True)) == pytest.approx(whisper(900) - 10, abs=0.1)


@pytest.mark.parametrize(
    "changed", [Loudness(0), Loudness(40), Loudness(100, whisper=True), Loudness(30, whisper=True)]
)
def test_a_change_does_not_click(changed: Loudness) -> None:
    stage, sound = LoudnessStage(), sine(440, 30)
    heard = [through(stage, sound[: 10 * BLOCK])]
    stage.wanted = changed
    heard.append(through(stage, sound[10 * BLOCK : 20 * BLOCK]))
    stage.wanted = Loudness()
    heard.append(through(stage, sound[20 * BLOCK :]))
    steps = np.abs(np.diff(np.concatenate(heard)))
    assert steps.max() < 1.1 * np.abs(np.diff(sound)).max()


@pytest.mark.parametrize("wrong", [-1.0, 100.5, float("nan")])
def test_a_volume_outside_the_range_is_refused(wrong: float) -> None:
    with pytest.raises(ValueError, match="0 to 100"):
        Loudness(wrong)


@given(st.floats(0, 100), st.booleans(), st.integers(0, 2**31))
def test_it_never_amplifies_much_and_the_mixer_never_wraps(percent: float, whisper: bool, seed: int) -> None:
    voice, speech = BlockRing(4), BlockRing(4)
    mixer = Mixer({"voice": voice, "speech": speech}, person=("voice", "speech"))
    mixer.loudness = Loudness(percent, whisper)
    loud = np.random.default_rng(seed).choice(np.array([-32768, 32767], np.int16), BLOCK)
    for _ in range(3):
        voice.push(loud)
        speech.push(loud)
        block = mixer.mix().astype(int)
        if not whisper and percent == 100:
            assert np.all(np.sign(block[300:]) == np.sign(loud[300:].astype(int)))
    assert np.abs(block).max() <= 32767


def test_a_chime_is_as_loud_at_any_volume() -> None:
    voice, chime = BlockRing(4), BlockRing(4)
    mixer = Mixer({"voice": voice, "chime": chime}, person=("voice",))
    mixer.loudness = Loudness(0)
    mixer.reset()
    for _ in range(3):
        voice.push(np.full(BLOCK, 8000, np.int16))
        chime.push(np.full(BLOCK, 3000, np.int16))
        block = mixer.mix()
    assert np.all(block == 3000)
    assert mixer.loudness == Loudness(0)
