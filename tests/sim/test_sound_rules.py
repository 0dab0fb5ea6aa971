"""The pure parts of the simulated sound: levels, acoustics, pacing, playout, the room's sources."""

import asyncio
import io
import wave

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from hardware_sim.sound.acoustics import ECHO_DB, PATH_DELAY_S, Convolver, impulse_response
from hardware_sim.sound.room_sound import NOISE_DBFS, VOICE_DBFS, RoomSound, RoomSource, lecturer_voice
from hardware_sim.sound.samples import (
    BLOCK,
    BLOCK_BYTES,
    RATE,
    Recent,
    dbfs,
    from_pcm,
    resample,
    to_pcm,
    to_wav,
)
from hardware_sim.sound.server import CATCH_UP_BLOCKS, PLAYOUT_MAX_BLOCKS, BlockClock, Counters, Playout


def block(value: int) -> bytes:
    return bytes([value]) * BLOCK_BYTES


def test_levels() -> None:
    sine = np.sin(2 * np.pi * 1000 * np.arange(RATE) / RATE)
    assert dbfs(float(np.mean(sine**2))) == pytest.approx(-3.01, abs=0.01)
    assert dbfs(0.0) == -120
    assert dbfs(1e-30) == -120


@given(st.lists(st.floats(-4, 4, width=32), min_size=1, max_size=64))
@settings(deadline=None)
def test_pcm_clips_and_comes_back(values: list[float]) -> None:
    samples = np.array(values, np.float32)
    assert from_pcm(to_pcm(samples)) == pytest.approx(np.clip(samples, -1, 1), abs=1 / 32767)


def test_resampled_tone_keeps_frequency_and_level() -> None:
    tone = np.sin(2 * np.pi * 440 * np.arange(22050) / 22050).astype(np.float32)
    got = resample(tone, 22050)
    assert len(got) == RATE
    assert int(np.argmax(np.abs(np.fft.rfft(got)))) == 440
    assert float(np.sqrt(np.mean(got**2))) == pytest.approx(0.707, abs=0.01)


def test_recent_keeps_the_newest_in_order() -> None:
    recent = Recent(0.05)
    for value in range(8):
        recent.append(block(value))
    kept = recent.last(0.03)
    assert kept.reshape(3, BLOCK)[:, 0].tolist() == [5 * 257, 6 * 257, 7 * 257]
    assert len(recent.last(1)) == 5 * BLOCK
    with wave.open(io.BytesIO(to_wav(kept))) as wav:
        assert (wav.getframerate(), wav.getnchannels(), wav.getsampwidth()) == (RATE, 1, 2)
        assert wav.readframes(9999) == kept.tobytes()


def test_impulse_response_is_seeded_and_as_loud_as_specified() -> None:
    response = impulse_response(5)
    assert np.array_equal(response, impulse_response(5))
    assert not np.array_equal(response, impulse_response(6))
    assert dbfs(float(np.sum(response.astype(float) ** 2))) == pytest.approx(ECHO_DB, abs=0.1)
    assert int(np.argmax(np.abs(response))) == round(PATH_DELAY_S * RATE)
    assert len(response) == round(0.26 * RATE)


def test_convolver_equals_direct_convolution() -> None:
    rng = np.random.default_rng(1)
    response = rng.standard_normal(1700).astype(np.float32)
    signal = rng.standard_normal(20 * BLOCK).astype(np.float32)
    signal[5 * BLOCK : 12 * BLOCK] = 0  # long enough to be taken for silence
    convolver = Convolver(response)
    got = np.concatenate([convolver.process(part) for part in signal.reshape(-1, BLOCK)])
    assert got == pytest.approx(np.convolve(signal, response)[: len(signal)], abs=1e-3)


def test_block_clock_neither_drifts_nor_floods() -> None:
    counters = Counters()
    clock = BlockClock(50.0, counters)
    assert clock.due(50.005) == 0
    assert clock.wait_s(50.005) == pytest.approx(0.005)
    done = sum(clock.due(50.0 + tick * 0.0107) for tick in range(1, 10_000))
    assert done == pytest.approx(9999 * 0.0107 / 0.01, abs=1)
    assert counters.clock_skips == 0
    end_s = 50.0 + 9999 * 0.0107
    assert clock.due(end_s + 1.0) == CATCH_UP_BLOCKS
    assert counters.clock_skips == pytest.approx(100 - CATCH_UP_BLOCKS, abs=1)
    assert clock.due(end_s + 1.0) == 0


def test_playout_starts_with_two_blocks_and_counts_what_is_missing() -> None:
    counters = Counters()
    playout = Playout(counters)
    assert playout.pop() == block(0)
    playout.push(block(1))
    assert playout.pop() == block(0)
    playout.push(block(2))
    assert [playout.pop() for _ in range(3)] == [block(1), block(2), block(0)]
    assert counters == Counters(underruns=1)
    playout.push(block(3))
    assert playout.pop() == block(3)


def test_playout_never_becomes_a_queue() -> None:
    counters = Counters()
    playout = Playout(counters)
    for value in range(1, 11):
        playout.push(block(value))
    assert counters.overflows == 10 - PLAYOUT_MAX_BLOCKS
    assert playout.pop() == block(7)
    for _ in range(400):  # the client keeps up from now on; what is too much goes
        playout.push(block(9))
        playout.pop()
    remaining = 0
    while counters.underruns == 0:
        playout.pop()
        remaining += 1
    assert remaining <= 3


async def test_lecturer_speaks_norwegian_at_the_level_of_the_specification() -> None:
    talk = await lecturer_voice()
    assert len(talk) % BLOCK == 0
    assert 30 < len(talk) / RATE < 120
    source = RoomSource(0)
    noise = np.concatenate([source.next_block(0.0) for _ in range(500)])
    assert dbfs(float(np.mean(noise**2))) == pytest.approx(NOISE_DBFS, abs=1.5)
    source.speak(talk)
    spoken = np.stack([source.next_block(0.0) for _ in range(2000)])
    mean_squares = np.mean(spoken**2, axis=1)
    loud = mean_squares[mean_squares > mean_squares.max() / 1000]
    assert dbfs(float(np.mean(loud))) == pytest.approx(VOICE_DBFS, abs=2)
    assert (mean_squares < 10 ** (-50 / 10)).mean() > 0.08  # pauses between the sentences
    source.speak(talk)
    away = np.stack([source.next_block(180.0) for _ in range(2000)])
    assert np.mean(away**2) < 0.4 * np.mean(spoken**2)


async def test_the_voice_is_given_up_though_it_fills_its_pipe(monkeypatch: pytest.MonkeyPatch) -> None:
    spoke = asyncio.Event()

    class Reader(asyncio.StreamReader):
        def feed_data(self, data: bytes) -> None:
            super().feed_data(data)
            spoke.set()

    monkeypatch.setattr(asyncio.streams, "StreamReader", Reader)
    for turns in range(4):
        spoke.clear()
        speaking = asyncio.create_task(lecturer_voice())
        async with asyncio.timeout(20.0):
            await spoke.wait()
            for _ in range(turns):
                await asyncio.sleep(0)
            speaking.cancel()
            await asyncio.wait([speaking])


def test_mouth_follows_the_voice() -> None:
    source = RoomSource(0)
    talk = np.zeros(4 * BLOCK, np.float32)
    talk[: 2 * BLOCK] = 0.2
    source.speak(talk)
    source.next_block(0)
    assert source.mouth() == 1
    for _ in range(3):
        source.next_block(0)
    assert source.mouth() < 0.7


def test_tone_and_silence() -> None:
    source = RoomSource(0)
    source.playing = RoomSound(kind="tone", hz=440.0)
    tone = np.concatenate([source.next_block(90.0) for _ in range(100)])
    assert dbfs(float(np.mean(tone**2))) == pytest.approx(-20, abs=0.05)
    assert int(np.argmax(np.abs(np.fft.rfft(tone)))) == 440
    source.playing = RoomSound(kind="silence")
    assert not source.next_block(0).any()


@pytest.mark.parametrize("wrong", ['{"kind":"disco"}', '{"kind":"tone","hz":1}', '{"kind":"tone","x":1}', "[]"])
def test_room_sound_refuses(wrong: str) -> None:
    with pytest.raises(ValidationError):
        RoomSound.model_validate_json(wrong)
