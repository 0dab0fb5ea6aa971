"""«Hører dere meg?» by arithmetic: a voice, a room, noise, and what comes of them."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from protocol.state import Hearing
from robot_agent.media.blocks import BLOCK, RATE_HZ, Block
from robot_agent.media.heard import FAINT_DB, FEWEST_BLOCKS, HEARD_DB, WINDOW_BLOCKS, Judge, Played, Verdict
from robot_agent.media.mixer import chime
from tests.media.test_echo import Floats, as_blocks, in_room, speech_like

NOISE_DBFS = -60.0
SECONDS = 4.0
AUDIBLE = (Hearing.HEARD, Hearing.FAINT)


def ventilation(seed: int, count: int = int(SECONDS * RATE_HZ)) -> Floats:
    rng = np.random.default_rng(seed)
    spectrum = np.fft.rfft(rng.normal(size=count)) / (1 + (np.fft.rfftfreq(count, 1 / RATE_HZ) / 500) ** 1.5)
    noise = np.fft.irfft(spectrum, count)
    level: Floats = noise * 10 ** (NOISE_DBFS / 20) / np.sqrt(np.mean(noise**2))
    return level


def whole(samples: Floats) -> npt.NDArray[np.int16]:
    return as_blocks(samples).reshape(-1)


def judged(far: Floats, gain: float, others: Floats | None = None, delay_ms: int = 60, seed: int = 2) -> Verdict:
    near = gain * in_room(far, delay_ms, seed=7) + ventilation(seed) + (0.0 if others is None else others)
    return Judge().judge(whole(far), whole(near))


def voice(seed: int = 3) -> Floats:
    return 0.5 * speech_like(SECONDS, seed)


@pytest.mark.parametrize(
    ("gain", "hearing"),
    [(1.0, Hearing.HEARD), (0.08, Hearing.FAINT), (0.003, Hearing.NOT_HEARD), (0.0, Hearing.NOT_HEARD)],
)
def test_how_loud_the_speaker_is(gain: float, hearing: Hearing) -> None:
    assert judged(voice(), gain).hearing is hearing


def test_half_the_level_is_six_decibels_less() -> None:
    whole_db, half_db = (judged(voice(), gain).snr_db for gain in (0.6, 0.3))
    assert whole_db is not None
    assert half_db is not None
    assert whole_db - half_db == pytest.approx(6.0, abs=0.5)


@pytest.mark.parametrize("delay_ms", [0, 20, 120, 400])
def test_the_delay_is_found(delay_ms: int) -> None:
    found = judged(voice(), 0.5, delay_ms=delay_ms)
    assert found.delay_ms == pytest.approx(delay_ms + 4.0, abs=2.0)  # the room's first answer comes after 4 ms
    assert found.hearing is Hearing.HEARD


def test_somebody_who_talks_meanwhile_neither_hides_the_robot_nor_passes_for_it() -> None:
    others = 0.5 * speech_like(SECONDS, seed=21)
    assert judged(voice(), 1.0, others).hearing is Hearing.HEARD
    assert judged(voice(), 0.0, others).hearing not in AUDIBLE


def test_others_who_are_too_loud_leave_it_open() -> None:
    """A quiet word under a loud lecture may be heard in its pauses: nobody is told that it is not."""
    assert judged(0.1 * voice(), 0.3, speech_like(SECONDS, seed=21)).hearing is Hearing.UNKNOWN


@settings(max_examples=12, deadline=None)
@given(st.integers(0, 10_000), st.sampled_from(["voice", "chime"]))
def test_a_speaker_that_is_off_is_never_heard(seed: int, what: str) -> None:
    far = voice(seed) if what == "voice" else the_chime()
    others = 0.3 * speech_like(SECONDS, seed + 1)
    assert judged(far, 0.0, others, seed=seed).hearing not in AUDIBLE


def the_chime() -> Floats:
    """Two seconds of nothing, the bells, and nothing again."""
    bells = np.concatenate(chime("ask")).astype(np.float64) / 32768
    far = np.zeros(int(SECONDS * RATE_HZ))
    far[2 * RATE_HZ : 2 * RATE_HZ + bells.size] = bells
    return far


@pytest.mark.parametrize(("gain", "hearing"), [(1.0, Hearing.HEARD), (0.08, Hearing.FAINT), (0.0, Hearing.NOT_HEARD)])
def test_the_chime_is_enough_to_tell(gain: float, hearing: Hearing) -> None:
    assert judged(the_chime(), gain).hearing is hearing
    others = 0.1 * speech_like(SECONDS, seed=21)
    if gain == 1.0:
        assert judged(the_chime(), gain, others).hearing is hearing


@pytest.mark.parametrize("played_s", [0.0, 0.3])
def test_too_little_was_said_to_tell(played_s: float) -> None:
    far = voice()
    far[int(played_s * RATE_HZ) :] = 0.0
    assert judged(far, 1.0) == Verdict(Hearing.UNKNOWN)


def test_digital_silence_is_no_noise_to_divide_by() -> None:
    far = voice()
    found = Judge().judge(whole(far), whole(in_room(far, 20, seed=7)))
    assert found.hearing is Hearing.HEARD
    assert found.snr_db is not None
    assert found.snr_db < 90.0


def test_the_limits_are_in_order() -> None:
    assert FAINT_DB < HEARD_DB


@pytest.mark.parametrize(("played", "heard"), [(48_000, 47_999), (100, 100)])
def test_what_cannot_be_compared_is_refused(played: int, heard: int) -> None:
    with pytest.raises(ValueError, match="compare"):
        Judge().judge(np.zeros(played, np.int16), np.zeros(heard, np.int16))


def numbered(number: int) -> Block:
    return np.full(BLOCK, number, np.int16)


def test_the_ring_gives_the_newest_in_order_and_forgets_when_told() -> None:
    ring = Played()
    for number in range(FEWEST_BLOCKS - 1):
        ring.push(numbered(number), numbered(-number))
    assert ring.snapshot() is None
    for number in range(FEWEST_BLOCKS - 1, WINDOW_BLOCKS + 7):
        ring.push(numbered(number), numbered(-number))
        if number == FEWEST_BLOCKS + 1:
            few = ring.snapshot()
            assert few is not None
            assert list(few[0][::BLOCK]) == list(range(FEWEST_BLOCKS + 2))
    sounds = ring.snapshot()
    assert sounds is not None
    assert list(sounds[0][::BLOCK]) == list(range(7, WINDOW_BLOCKS + 7))
    assert np.array_equal(sounds[1], -sounds[0])
    assert ring.count == WINDOW_BLOCKS + 7
    newest = ring.snapshot(FEWEST_BLOCKS)
    assert newest is not None
    assert list(newest[0][::BLOCK]) == list(range(WINDOW_BLOCKS + 7 - FEWEST_BLOCKS, WINDOW_BLOCKS + 7))
    ring.clear()
    assert ring.snapshot() is None
