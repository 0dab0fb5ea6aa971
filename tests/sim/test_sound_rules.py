"""The pure parts of the simulated sound: levels, acoustics, pacing, playout, the room's sources."""

import asyncio
import io
import wave

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from hardware_sim.room.director import Director, RoomWish, Voice
from hardware_sim.room.program import LINES, PEOPLE, Cue, Person
from hardware_sim.sound.acoustics import ECHO_DB, PATH_DELAY_S, Convolver, impulse_response
from hardware_sim.sound.pacing import CATCH_UP_BLOCKS, PLAYOUT_MAX_BLOCKS, BlockClock, Counters, Playout
from hardware_sim.sound.room_sound import (
    NOISE_DBFS,
    PLACES,
    VOICE_DBFS,
    Recording,
    Recordings,
    RoomSound,
    RoomSource,
    room_voices,
    straight_gain,
)
from hardware_sim.sound.samples import (
    BLOCK,
    BLOCK_BYTES,
    BLOCK_S,
    RATE,
    Recent,
    Samples,
    dbfs,
    from_pcm,
    resample,
    to_pcm,
    to_wav,
)


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


T_S = 1_760_000_000.0


@pytest.fixture(scope="module")
def voices() -> Recordings:
    return asyncio.run(room_voices())


def only(who: Person | str) -> Director:
    """A room in which this one speaks, from T_S on."""
    director = Director(0, lambda: T_S)
    director.change(RoomWish.model_validate({"speaker": who}))
    return director


def heard(source: RoomSource, seconds: float, pan_deg: float, from_s: float = T_S) -> Samples:
    """Blocks, one after the other."""
    blocks = [source.next_block(pan_deg, from_s + number * BLOCK_S) for number in range(round(seconds / BLOCK_S))]
    return np.stack(blocks)


def spoken_dbfs(blocks: Samples) -> float:
    """The level while somebody speaks."""
    mean_squares = np.mean(blocks**2, axis=1)
    return dbfs(float(np.mean(mean_squares[mean_squares > mean_squares.max() / 1000])))


def test_every_line_is_spoken_and_over_before_the_next_begins(voices: Recordings) -> None:
    assert len(voices) == len(LINES)
    for line, recording in zip(LINES, voices, strict=True):
        assert recording.dry.shape == recording.wet.shape
        assert len(recording.dry) % BLOCK == 0
        loud = np.flatnonzero(np.abs(recording.dry) > 300)
        assert 0.5 < loud[-1] / RATE < line.speaks_s, line.text
        assert loud[-1] / RATE > 0.55 * line.speaks_s, f"a long silence after: {line.text}"
    assert sum(len(recording.dry) for recording in voices) / RATE < 90, "memory, and time at the start"


def pitch_hz(samples: Samples) -> float:
    """The strongest period of a voice, by its own likeness to itself; the middle of many looks."""
    found = []
    for start in range(0, len(samples) - 2400, 1200):
        part = samples[start : start + 2400]
        if np.mean(part**2) < 1e-4:
            continue
        power = np.abs(np.fft.rfft(part - part.mean(), 4800)) ** 2
        likeness = np.fft.irfft(power)[160:800]  # 300 to 60 Hz
        found.append(RATE / (160 + int(np.argmax(likeness))))
    return float(np.median(found))


def test_voices_differ(voices: Recordings) -> None:
    pitches: dict[Person, float] = {}
    for who in PEOPLE:
        dry = [voices[number].dry for number, line in enumerate(LINES) if line.who == who]
        pitches[who] = pitch_hz(from_pcm(np.concatenate(dry).tobytes()))
    ordered = sorted(pitches.values())
    assert pitches["samuel"] == ordered[0]
    assert pitches["liv"] == ordered[-1]
    assert ordered[-1] > 1.3 * ordered[0]


def test_lecturer_is_as_loud_as_specified_and_pauses(voices: Recordings) -> None:
    source = RoomSource(0, only("lecturer"))
    noise = heard(source, 5, 0)
    assert dbfs(float(np.mean(noise**2))) == pytest.approx(NOISE_DBFS, abs=1.5)
    source.speak(voices)
    facing = heard(source, 30, PLACES["lecturer"][0])
    assert spoken_dbfs(facing) == pytest.approx(VOICE_DBFS, abs=2)
    assert (np.mean(facing**2, axis=1) < 10 ** (-50 / 10)).mean() > 0.08  # between the sentences


def test_turned_away_a_voice_is_weaker_and_more_of_it_is_the_room(voices: Recordings) -> None:
    azimuth_deg = PLACES["lecturer"][0]
    levels = []
    for turn_deg in (0, 90, 180):
        source = RoomSource(0, only("lecturer"))
        source.speak(voices)
        levels.append(spoken_dbfs(heard(source, 20, azimuth_deg + turn_deg)))
    assert levels[0] - 1.5 > levels[1] > levels[2] + 1.5
    straight = straight_gain("lecturer", azimuth_deg + 180) / straight_gain("lecturer", azimuth_deg)
    assert levels[0] - levels[2] < -20 * np.log10(straight) - 0.5, "what the room sends back does not turn"


def test_whoever_sits_there_is_heard_from_there(voices: Recordings) -> None:
    for who in PEOPLE:
        azimuth_deg, distance_m = PLACES[who]
        assert (
            straight_gain(who, azimuth_deg)
            > straight_gain(who, azimuth_deg + 60)
            > straight_gain(who, azimuth_deg + 180)
        )
        nearer = [other for other in PEOPLE if PLACES[other][1] < distance_m]
        assert all(straight_gain(o, PLACES[o][0]) >= straight_gain(who, azimuth_deg) for o in nearer)
    assert straight_gain("lecturer", PLACES["lecturer"][0]) == pytest.approx(1)
    levels = []
    for pan_deg in (-120.0, 60.0):
        source = RoomSource(0, only("turid"))
        source.speak(voices)
        levels.append(spoken_dbfs(heard(source, 5, pan_deg)))
    assert levels[0] > levels[1] + 3


async def test_the_voice_is_given_up_though_it_fills_its_pipe(monkeypatch: pytest.MonkeyPatch) -> None:
    spoke = asyncio.Event()

    class Reader(asyncio.StreamReader):
        def feed_data(self, data: bytes) -> None:
            super().feed_data(data)
            spoke.set()

    monkeypatch.setattr(asyncio.streams, "StreamReader", Reader)
    for turns in range(4):
        spoke.clear()
        speaking = asyncio.create_task(room_voices())
        async with asyncio.timeout(20.0):
            await spoke.wait()
            for _ in range(turns):
                await asyncio.sleep(0)
            speaking.cancel()
            await asyncio.wait([speaking])


def flat(seconds: float, level: float = 0.2) -> Recording:
    """A line that is as loud all the time."""
    samples = np.full(round(seconds / BLOCK_S) * BLOCK, round(level * 32767), np.int16)
    return Recording(samples, np.zeros_like(samples))


def test_the_mouth_is_that_of_whoever_is_heard_and_closes_after_the_line() -> None:
    source = RoomSource(0, only("liv"))
    source.speak([flat(0.05)] * len(LINES))
    heard(source, 0.01, 0)
    assert source.voice() == Voice("liv", 1.0)
    assert not np.allclose(heard(source, 0.04, 0, T_S + 0.01)[-1], heard(source, 0.01, 0, T_S + 0.05)[0])
    assert source.voice() == Voice(None, 0.0)


def test_whoever_begins_to_listen_late_joins_in_in_time() -> None:
    director = only("liv")
    ramp = np.repeat(np.arange(0, 20_000, 100, dtype=np.int16), BLOCK)
    early, late = RoomSource(0, director), RoomSource(0, director)
    for source in (early, late):
        source.speak([Recording(ramp, np.zeros_like(ramp))] * len(LINES))
    heard(early, 1.0, 0)
    one, other = heard(early, 0.5, 0, T_S + 1.0), heard(late, 0.5, 0, T_S + 1.0)
    assert np.abs(one - other).mean() < 0.004, "within a block or so, apart from the ventilation"


def test_after_a_pause_of_the_course_it_is_in_time_again_and_nobody_may_be_told_to_speak() -> None:
    source = RoomSource(0, Director(0))
    source.speak([flat(30.0)] * len(LINES))
    heard(source, 0.05, 0)
    assert source.voice().who is not None
    source.playing = RoomSound(kind="pause")
    heard(source, 0.05, 0)
    assert source.voice() == Voice(None, 0.0)
    source.playing = RoomSound(kind="course")
    later_s = T_S + 40.0
    heard(source, 0.02, 0, later_s)
    cue = Director(0).cue(later_s)
    assert isinstance(cue, Cue)
    assert source.voice().who == cue.who
    quiet = RoomSource(0, only("nobody"))
    quiet.speak([flat(30.0)] * len(LINES))
    assert dbfs(float(np.mean(heard(quiet, 2.0, 0) ** 2))) < NOISE_DBFS + 6


def test_tone_and_silence() -> None:
    source = RoomSource(0)
    source.playing = RoomSound(kind="tone", hz=440.0)
    tone = np.concatenate([source.next_block(90.0, T_S) for _ in range(100)])
    assert dbfs(float(np.mean(tone**2))) == pytest.approx(-20, abs=0.05)
    assert int(np.argmax(np.abs(np.fft.rfft(tone)))) == 440
    source.playing = RoomSound(kind="silence")
    assert not source.next_block(0, T_S).any()


@pytest.mark.parametrize("wrong", ['{"kind":"disco"}', '{"kind":"tone","hz":1}', '{"kind":"tone","x":1}', "[]"])
def test_room_sound_refuses(wrong: str) -> None:
    with pytest.raises(ValidationError):
        RoomSound.model_validate_json(wrong)
