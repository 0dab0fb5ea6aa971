"""The robot's own voice, with the real espeak-ng in its own process."""

from __future__ import annotations

import asyncio
import contextlib
import io
import os
import signal
import sys
from collections.abc import AsyncIterator

import numpy as np
import numpy.typing as npt
import psutil
import pytest
from hypothesis import given
from hypothesis import strategies as st

from robot_agent.media import speech as speech_module
from robot_agent.media.blocks import BLOCK, RATE_HZ, dbfs
from robot_agent.media.sound_errors import (
    SpeechBusyError,
    SpeechEmptyError,
    SpeechLanguageError,
    SpeechProcessError,
)
from robot_agent.media.speech import MAX_SENTENCES, Speech, SpeechProcess
from robot_agent.media.speech_frames import (
    LENGTHS,
    MAX_SOUND_BYTES,
    MAX_TEXT_BYTES,
    FrameError,
    SpeechAnswer,
    SpeechRequest,
    lengths,
)
from robot_agent.media.speech_process import serve
from robot_agent.media.speech_sound import SPEECH_DBFS, SentenceQueue, prepare, resample
from tests.media.pulse import strongest_hz

SENTENCE = "Hei, jeg heter Kari, og jeg hører dere godt her i Rødøy."


@pytest.fixture
async def speech() -> AsyncIterator[Speech]:
    voice = Speech()
    yield voice
    await voice.stop()
    assert speech_children() == []


def speech_children() -> list[psutil.Process]:
    return [
        child
        for child in psutil.Process().children()
        if child.status() != psutil.STATUS_ZOMBIE and "robot_agent.media.speech_process" in child.cmdline()
    ]


def drain(queue: SentenceQueue) -> npt.NDArray[np.int16]:
    blocks = []
    while (block := queue.pop()) is not None:
        blocks.append(block)
    return np.concatenate(blocks) if blocks else np.zeros(0, dtype=np.int16)


def power_between(samples: npt.NDArray[np.int16], low_hz: float, high_hz: float) -> float:
    spectrum = np.abs(np.fft.rfft(samples.astype(float))) ** 2
    frequencies = np.fft.rfftfreq(samples.size, 1 / RATE_HZ)
    return float(spectrum[(frequencies >= low_hz) & (frequencies < high_hz)].sum() / spectrum.sum())


async def test_a_norwegian_sentence_lasts_and_sounds_like_speech(speech: Speech) -> None:
    spoken = await speech.say(SENTENCE, "nb")
    assert speech.speaking
    sound = drain(speech.queue)
    assert not speech.speaking
    assert spoken.language == "nb"
    assert spoken.wait_s == 0.0
    assert spoken.duration_s == pytest.approx(sound.size / RATE_HZ)
    assert 2.5 < spoken.duration_s < 6.0
    assert dbfs(sound) == pytest.approx(SPEECH_DBFS, abs=2.0)
    assert power_between(sound, 80, 4000) > 0.8
    assert power_between(sound, 11_500, 24_000) < 1e-4
    assert np.count_nonzero(np.abs(sound) == 32767) == 0


async def test_english_and_norwegian_are_different_voices_and_nynorsk_is_said_as_bokmal(
    speech: Speech,
) -> None:
    sounds = {}
    for language, heard in (("nb", "nb"), ("en", "en"), ("nn", "nb")):
        assert (await speech.say("Jeg kommer hjem", language)).language == heard
        sounds[language] = drain(speech.queue)
    # espeak-ng's breath is random, so the samples differ; the lengths of the sounds are the voice's own
    assert sounds["nb"].size == sounds["nn"].size != sounds["en"].size


@pytest.mark.parametrize("language", ["se", "no", "", "en-us\0"])
async def test_a_language_without_a_voice_is_refused(speech: Speech, language: str) -> None:
    with pytest.raises(SpeechLanguageError, match="choose one of nb, nn, en"):
        await speech.say("Buaregh", language)
    assert not speech.speaking
    assert speech_children() == []


async def test_espeak_itself_refuses_a_voice_that_it_does_not_have() -> None:
    process = await SpeechProcess.start()
    try:
        answer = await process.ask(SpeechRequest("no", "Hei"))
        assert "no voice 'no'" in answer.error
        assert (await process.ask(SpeechRequest("nb", "Hei"))).error == ""
    finally:
        await process.stop()


async def test_it_stops_though_half_an_answer_waits_in_its_pipe() -> None:
    process = await SpeechProcess.start()
    asking = asyncio.create_task(process.ask(SpeechRequest("nb", SENTENCE * 40)))
    stdout = process._process.stdout
    assert stdout is not None
    stdout._limit = 2**14  # type: ignore[attr-defined]  # full long before the answer is whole
    async with asyncio.timeout(20.0):
        while not stdout._paused:  # type: ignore[attr-defined]
            await asyncio.sleep(0)
        asking.cancel()
        await asyncio.gather(asking, return_exceptions=True)
        process.kill()
        await process.stop()


@pytest.mark.parametrize("text", ["...", " \n", "\0\0"])
async def test_a_text_without_sound_is_refused(speech: Speech, text: str) -> None:
    with pytest.raises(SpeechEmptyError):
        await speech.say(text, "nb")


@pytest.mark.parametrize("text", ["<b>Hei</b> & 'dere'", "Hei 😀 [[x]]", "Hei\0du", "Å" * 300, "1234567890 " * 27])
async def test_any_text_is_only_text(speech: Speech, text: str) -> None:
    assert (await speech.say(text, "nb")).duration_s > 0.1


async def test_sentences_wait_for_each_other_and_too_many_are_refused(speech: Speech) -> None:
    spoken = [await speech.say("Hei", "nb") for _ in range(MAX_SENTENCES)]
    assert [s.wait_s for s in spoken] == pytest.approx([n * spoken[0].duration_s for n in range(MAX_SENTENCES)])
    with pytest.raises(SpeechBusyError, match="4 sentences"):
        await speech.say("Hei", "nb")
    speech.cancel()
    assert speech.queue.pop() is None
    assert (await speech.say("Hei", "nb")).wait_s == 0.0


async def test_concurrent_sentences_are_said_in_the_order_in_which_they_were_asked_for(speech: Speech) -> None:
    texts = ["En lang setning kommer først her", "Hei", "Litt lengre"]
    spoken = await asyncio.gather(*(speech.say(text, "nb") for text in texts))
    assert [s.wait_s for s in spoken] == sorted(s.wait_s for s in spoken)
    assert spoken[1].wait_s == pytest.approx(spoken[0].duration_s)


async def test_a_process_that_was_killed_is_replaced(speech: Speech) -> None:
    await speech.start()
    [first] = speech_children()
    first.kill()
    first.wait(5)
    assert (await speech.say("Hei", "nb")).duration_s > 0.1
    [second] = speech_children()
    assert second.pid != first.pid


async def test_a_process_that_hangs_is_replaced(speech: Speech, monkeypatch: pytest.MonkeyPatch) -> None:
    await speech.start()
    [first] = speech_children()
    os.kill(first.pid, signal.SIGSTOP)
    monkeypatch.setattr(speech_module, "ANSWER_TIMEOUT_S", 1.5)
    assert (await speech.say("Hei", "nb")).duration_s > 0.1
    assert not first.is_running()


async def test_a_process_that_dies_twice_is_a_clear_error(speech: Speech, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/bin/false")
    with pytest.raises(SpeechProcessError, match="ended, twice; the sentence is not said"):
        await speech.say("Hei", "nb")
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    with pytest.raises(SpeechProcessError, match="cannot be started"):
        await speech.say("Hei", "nb")
    monkeypatch.undo()
    assert (await speech.say("Hei", "nb")).duration_s > 0.1


async def test_a_cancelled_sentence_leaves_nothing_half_said(speech: Speech) -> None:
    await speech.start()
    asking = asyncio.create_task(speech.say(SENTENCE, "nb"))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    asking.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await asking
    speech.cancel()
    short = await speech.say("Hei", "nb")
    assert short.duration_s < 1.5


async def test_the_process_ends_with_the_pipe(speech: Speech) -> None:
    await speech.start()
    [child] = speech_children()
    await speech.stop()
    assert not child.is_running()
    assert (await speech.say("Hei", "nb")).duration_s > 0.1


def test_the_resampler_keeps_pitch_and_level_and_adds_no_images() -> None:
    rate = 22_050
    for hz in (200.0, 3000.0, 9000.0):
        source = np.sin(2 * np.pi * hz * np.arange(rate) / rate).astype(np.float32)
        out = resample(source, rate)
        assert out.size == RATE_HZ
        middle = out[RATE_HZ // 4 : -RATE_HZ // 4]
        assert strongest_hz(middle) == pytest.approx(hz, abs=3.0)
        assert np.sqrt(np.mean(middle**2)) == pytest.approx(2**-0.5, rel=0.01)
        spectrum = np.abs(np.fft.rfft(middle * np.hanning(middle.size))) ** 2
        frequencies = np.fft.rfftfreq(middle.size, 1 / RATE_HZ)
        others = spectrum[np.abs(frequencies - hz) > 50].sum()
        assert 10 * np.log10(others / spectrum.sum()) < -60.0


@pytest.mark.parametrize("rate", [8_000, 16_000, 24_000, 44_100, 48_000, 96_000])
def test_the_resampler_takes_every_rate_of_speech(rate: int) -> None:
    source = np.sin(2 * np.pi * 500.0 * np.arange(rate) / rate).astype(np.float32)
    out = resample(source, rate)
    assert abs(out.size - RATE_HZ) <= 1
    expected = np.sin(2 * np.pi * 500.0 * np.arange(out.size) / RATE_HZ)
    assert np.abs(out - expected)[200:-200].max() < 0.01


@pytest.mark.parametrize("rate", [0, -1, 1_000, 1_000_000])
def test_the_resampler_refuses_other_rates(rate: int) -> None:
    with pytest.raises(ValueError, match="resample"):
        resample(np.zeros(10, dtype=np.float32), rate)


@given(st.integers(1, 3 * BLOCK), st.integers(0, 2**32 - 1))
def test_any_sound_becomes_whole_blocks_at_one_level(count: int, seed: int) -> None:
    noise = np.random.default_rng(seed).integers(2000, 30000, count).astype("<i2")
    blocks = prepare(noise.tobytes(), RATE_HZ)
    assert blocks.shape == (-(-count // BLOCK), BLOCK)
    assert dbfs(blocks.reshape(-1)[:count]) == pytest.approx(SPEECH_DBFS, abs=0.5)


def test_frames_survive_the_pipe() -> None:
    request, answer = SpeechRequest("nb", "Å 😀"), SpeechAnswer(22050, "", b"\x01\x02")
    asked: list[SpeechRequest] = []

    def voice(one: SpeechRequest) -> SpeechAnswer:
        asked.append(one)
        return answer

    out = io.BytesIO()
    serve(io.BytesIO(request.to_bytes() * 2), out, voice)
    assert asked == [request, request]
    assert out.getvalue() == answer.to_bytes() * 2
    header, sound = lengths(out.getvalue()[: LENGTHS.size], MAX_SOUND_BYTES)
    body = out.getvalue()[LENGTHS.size :]
    assert SpeechAnswer.from_parts(body[:header], body[header : header + sound]) == answer


@pytest.mark.parametrize(
    "stream",
    [
        b"\0",
        SpeechRequest("nb", "Hei").to_bytes()[:-1],
        LENGTHS.pack(1 << 20, 0),
        LENGTHS.pack(2, MAX_TEXT_BYTES + 1),
        LENGTHS.pack(2, 1) + b"{}x",
        LENGTHS.pack(2, 1) + b"[[x",
        LENGTHS.pack(13, 1) + b'{"voice": 12}x',
        LENGTHS.pack(14, 1) + b'{"voice":"nb"}\xff',
    ],
)
def test_frames_that_are_not_ours_end_the_process(stream: bytes) -> None:
    with pytest.raises(FrameError):
        serve(io.BytesIO(stream), io.BytesIO(), lambda request: SpeechAnswer(22050, "", b""))


def test_a_text_over_the_limit_never_reaches_the_pipe() -> None:
    with pytest.raises(FrameError):
        SpeechRequest("nb", "å" * MAX_TEXT_BYTES).to_bytes()
