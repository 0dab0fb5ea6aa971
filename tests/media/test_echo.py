"""The echo canceller in a seeded room of 250 ms."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest

from robot_agent.media.blocks import BLOCK, RATE_HZ, Block, dbfs, silence
from robot_agent.media.echo import EchoCanceller
from robot_agent.media.echo_meter import EchoMeter
from tests.media.pulse import lag

ECHO_DB = -6.0
NOISE = 0.0003  # of full scale: -70 dBFS
Floats = npt.NDArray[np.float64]


def speech_like(seconds: float, seed: int) -> Floats:
    """Seeded: pulses at a wandering pitch through three formants, in syllables with pauses; RMS 0.1."""
    rng = np.random.default_rng(seed)
    count = int(seconds * RATE_HZ)
    times = np.arange(count) / RATE_HZ
    pitch = 120 + 25 * np.sin(2 * np.pi * 0.7 * times + seed) + rng.normal(0, 2, count).cumsum() / 2000
    pulses = (np.diff(np.floor(np.cumsum(pitch) / RATE_HZ), prepend=0) > 0) + 0.02 * rng.normal(size=count)
    frequencies = np.fft.rfftfreq(count, 1 / RATE_HZ)
    response = sum(1 / (1 + ((frequencies - f) / w) ** 2) for f, w in ((550, 90), (1500, 120), (2600, 200)))
    sound = np.fft.irfft(np.fft.rfft(pulses) * response, count)
    syllables = np.clip(np.sin(2 * np.pi * 3.3 * times + seed), 0, None) * (np.sin(2 * np.pi * 0.4 * times) > -0.7)
    sound = sound * syllables
    spoken: Floats = 0.1 * sound / np.sqrt(np.mean(sound**2))
    return spoken


def room(seed: int) -> Floats:
    """Impulse response of 250 ms that decays by 60 dB, first arrival after 4 ms, ECHO_DB in all."""
    rng = np.random.default_rng(seed)
    count = RATE_HZ // 4
    response = rng.normal(size=count) * 10.0 ** (-3.0 * np.arange(count) / count)
    response[: int(0.004 * RATE_HZ)] = 0.0
    scaled: Floats = response * 10.0 ** (ECHO_DB / 20.0) / np.sqrt(np.sum(response**2))
    return scaled


def in_room(far: Floats, delay_ms: int, seed: int) -> Floats:
    late = np.concatenate([np.zeros(delay_ms * RATE_HZ // 1000), far])[: far.size]
    size = 2 ** int(np.ceil(np.log2(far.size + RATE_HZ // 4)))
    echo: Floats = np.fft.irfft(np.fft.rfft(late, size) * np.fft.rfft(room(seed), size))[: far.size]
    return echo


def as_blocks(samples: Floats) -> Block:
    blocks: Block = np.clip(np.rint(samples * 32768), -32768, 32767).astype(np.int16).reshape(-1, BLOCK)
    return blocks


def run(near: Floats, far: Floats) -> tuple[npt.NDArray[np.int16], EchoCanceller]:
    echo = EchoCanceller()
    pairs = zip(as_blocks(near), as_blocks(far), strict=True)
    return np.concatenate([echo.process(microphone, played) for microphone, played in pairs]), echo


def cancelled(near: Floats, far: Floats) -> npt.NDArray[np.int16]:
    return run(near, far)[0]


def seconds(samples: npt.NDArray[np.int16], start: float, end: float) -> npt.NDArray[np.int16]:
    return samples[int(start * RATE_HZ) : int(end * RATE_HZ)]


@pytest.mark.parametrize(("delay_ms", "seed"), [(10, 3), (80, 5), (200, 3)])
def test_the_robots_own_voice_is_taken_out(delay_ms: int, seed: int) -> None:
    """At -6 dB of echo in a room of 250 ms: 30 dB from the first moment, 38 dB after five seconds."""
    far = speech_like(12.0, seed)
    near = in_room(far, delay_ms, seed=7) + np.random.default_rng(9).normal(0, NOISE, far.size)
    out, echo = run(near, far)
    heard = as_blocks(near).reshape(-1)

    def loss_db(start: float, end: float) -> float:
        return dbfs(seconds(heard, start, end)) - dbfs(seconds(out, start, end))

    assert loss_db(0, 5) >= 30.0
    assert loss_db(5, 12) >= 38.0
    assert echo.return_loss_db is not None
    assert echo.return_loss_db >= 35.0


def test_the_live_figure_follows_what_is_really_taken_out() -> None:
    """A canceller that takes out 20 dB, in blocks as they come."""
    meter = EchoMeter()
    far = speech_like(6.0, seed=3)
    noise = np.random.default_rng(9).normal(0, NOISE / 10, far.size)
    echo = in_room(far, 20, seed=7)
    before = [meter.loss_db]
    for blocks in zip(as_blocks(echo + noise), as_blocks(far), as_blocks(0.1 * echo + noise), strict=True):
        meter.add(*blocks)
    assert before == [None]
    assert meter.loss_db == pytest.approx(20.0, abs=1.5)


def test_somebody_who_speaks_at_the_same_time_does_not_spoil_the_figure() -> None:
    meter = EchoMeter()
    far, talk = speech_like(6.0, seed=3), speech_like(6.0, seed=5)
    talk[2 * RATE_HZ : 3 * RATE_HZ] = 0.0  # and besides between the syllables
    echo = in_room(far, 20, seed=7)
    for blocks in zip(as_blocks(echo + talk), as_blocks(far), as_blocks(0.03 * echo + talk), strict=True):
        meter.add(*blocks)
    assert meter.loss_db == pytest.approx(30.0, abs=4.0)


def test_a_speaker_that_nobody_hears_gives_no_figure() -> None:
    meter = EchoMeter()
    noise = np.random.default_rng(9).normal(0, NOISE, 3 * RATE_HZ)
    far = speech_like(3.0, seed=3)
    for blocks in zip(as_blocks(noise), as_blocks(far), as_blocks(0.1 * noise), strict=True):
        meter.add(*blocks)
    assert meter.loss_db is None


def test_somebody_in_the_room_passes_while_the_robot_is_silent() -> None:
    near = speech_like(6.0, seed=5)
    out = cancelled(near, np.zeros(near.size))
    before = dbfs(seconds(as_blocks(near).reshape(-1), 2, 6))
    assert dbfs(seconds(out, 2, 6)) == pytest.approx(before, abs=3.0)


def test_somebody_who_speaks_after_the_robot_is_heard() -> None:
    far, near = speech_like(6.0, seed=3), speech_like(6.0, seed=5)
    far[3 * RATE_HZ :] = 0.0
    near[: int(3.5 * RATE_HZ)] = 0.0
    out = cancelled(near + in_room(far, 20, seed=7), far)
    before = dbfs(seconds(as_blocks(near).reshape(-1), 4, 6))
    assert dbfs(seconds(out, 4, 6)) == pytest.approx(before, abs=4.0)


@pytest.mark.parametrize(("noise_suppression", "most_ms"), [(True, 16.0), (False, 10.0)])
def test_the_delay_stays_within_its_budget(noise_suppression: bool, most_ms: float) -> None:
    near = as_blocks(speech_like(3.0, seed=5))
    echo = EchoCanceller(noise_suppression=noise_suppression)
    out = np.concatenate([echo.process(block, silence()) for block in near])
    assert 0 < lag(near.reshape(-1), out) <= most_ms * RATE_HZ / 1000


def test_neither_input_is_changed() -> None:
    near, far = as_blocks(speech_like(0.01, 1))[0], as_blocks(speech_like(0.01, 2))[0]
    copies = near.copy(), far.copy()
    out = EchoCanceller().process(near, far)
    assert out.shape == (BLOCK,)
    assert np.array_equal(near, copies[0])
    assert np.array_equal(far, copies[1])


def test_silence_stays_silence() -> None:
    echo = EchoCanceller()
    assert max(dbfs(echo.process(silence(), silence())) for _ in range(50)) < -80.0
