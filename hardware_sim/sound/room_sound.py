"""What sounds in the room without the robot: the lecturer and the ventilation, or a test tone, or nothing."""

import asyncio
import contextlib
import io
import math
import sys
import wave
from typing import Final, Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from hardware_sim.sound import voice
from hardware_sim.sound.acoustics import impulse_response
from hardware_sim.sound.samples import BLOCK, RATE, Samples, amplitude, from_pcm, resample

VOICE_DBFS: Final = -26.0  # at the microphone, while the lecturer speaks
NOISE_DBFS: Final = -55.0  # ventilation
TONE_DBFS: Final = -20.0
NOISE_LOOP_S: Final = 7.3  # long enough that nobody hears it repeat
WET: Final = 0.5  # how much of the room is in the lecturer's voice
TURNED_AWAY: Final = 0.5  # the lecturer's level with the head turned away: the microphones sit in the face
VOICE_TIMEOUT_S: Final = 30.0  # takes 0.2 s; a loaded machine starts processes slowly
SPEECH_SHARE: Final = 0.03  # of the loudest block; what is below is a pause
MOUTH_OPEN_RMS: Final = 0.08  # a loud vowel


class VoiceError(Exception):
    """The child process that speaks for the lecturer failed; the text is its last line."""


class RoomSound(BaseModel):
    """What shall sound: the course, its room in a pause, a sine of `hz` at -20 dBFS, nothing but the robot's echo."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Literal["course", "pause", "tone", "silence"]
    hz: float = Field(default=1000.0, ge=20.0, le=20_000.0, allow_inf_nan=False)


async def lecturer_voice() -> Samples:
    """The talk at 48 kHz in the room's acoustics, a whole number of blocks; VoiceError when it cannot be made."""
    child = await asyncio.create_subprocess_exec(
        *(sys.executable, "-P", voice.__file__),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        async with asyncio.timeout(VOICE_TIMEOUT_S):
            out, err = await child.communicate()
    except TimeoutError:
        raise VoiceError(f"the lecturer's voice was not ready after {VOICE_TIMEOUT_S:g} s") from None
    finally:
        if child.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                child.kill()
            await child.communicate()  # `wait` would wait for ever for a pipe that is full and not read
    if child.returncode != 0:
        words = err.decode(errors="replace").strip().splitlines() or ["no words"]
        raise VoiceError(f"exit code {child.returncode}: {words[-1]}")
    return await asyncio.to_thread(_in_the_room, out)


def _in_the_room(wav: bytes) -> Samples:
    with wave.open(io.BytesIO(wav)) as reader:
        rate, pcm = reader.getframerate(), reader.readframes(reader.getnframes())
    dry = resample(from_pcm(pcm), rate)
    response = impulse_response(seed=2)
    response = np.trim_zeros(response, "f") / response.max()
    response[1:] *= WET
    length = -(-(len(dry) + len(response)) // BLOCK) * BLOCK
    wet = np.fft.irfft(np.fft.rfft(dry, length) * np.fft.rfft(response, length), length)
    blocks = np.sqrt(np.mean(wet.reshape(-1, BLOCK) ** 2, axis=1))
    speech = blocks[blocks > SPEECH_SHARE * blocks.max()]
    return np.asarray(wet * (amplitude(VOICE_DBFS) / np.sqrt(np.mean(speech**2))), np.float32)


def ventilation(seed: int) -> Samples:
    """A seamless loop of low-pass noise at NOISE_DBFS."""
    length = round(NOISE_LOOP_S * RATE / BLOCK) * BLOCK
    spectrum = np.fft.rfft(np.random.default_rng(seed).standard_normal(length))
    hz = np.fft.rfftfreq(length, 1 / RATE)
    spectrum *= np.minimum(1.0, hz / 60) / (1 + (hz / 350) ** 1.5)
    noise = np.fft.irfft(spectrum, length)
    return np.asarray(noise * (amplitude(NOISE_DBFS) / np.sqrt(np.mean(noise**2))), np.float32)


class RoomSource:
    """The room's sound, block by block; starts as the course, without the lecturer until `speak` gives a talk."""

    def __init__(self, seed: int) -> None:
        self.playing = RoomSound(kind="course")
        self._noise = ventilation(seed)
        self._talk = np.zeros(0, np.float32)
        self._at = 0
        self._spoken_at = 0
        self._mouth = 0.0

    def speak(self, talk: Samples) -> None:
        """Begin this talk (a whole number of blocks), again and again."""
        self._talk, self._spoken_at = talk, 0

    def mouth(self) -> float:
        """How far the lecturer's mouth is open, 0..1."""
        return self._mouth

    def next_block(self, pan_deg: float) -> Samples:
        """The next 480 samples at a microphone that looks `pan_deg` away from the board."""
        at, self._at = self._at, self._at + BLOCK
        if self.playing.kind == "tone":
            t_s = np.arange(at, at + BLOCK) / RATE
            peak = amplitude(TONE_DBFS) * math.sqrt(2)
            return (peak * np.sin(2 * np.pi * self.playing.hz * t_s)).astype(np.float32)
        if self.playing.kind == "silence":
            self._mouth = 0.0
            return np.zeros(BLOCK, np.float32)
        start = at % len(self._noise)
        noise = self._noise[start : start + BLOCK]
        if self.playing.kind == "pause":
            self._mouth = 0.0
            return noise
        return noise + self._lecturer(pan_deg)

    def _lecturer(self, pan_deg: float) -> Samples | np.float32:
        if not len(self._talk):
            return np.float32(0)
        block = self._talk[self._spoken_at : self._spoken_at + BLOCK]
        self._spoken_at = (self._spoken_at + BLOCK) % len(self._talk)
        rms = float(np.sqrt(np.mean(block**2)))
        self._mouth = max(min(1.0, rms / MOUTH_OPEN_RMS), 0.8 * self._mouth)
        facing = (1 + math.cos(math.radians(pan_deg))) / 2
        return block * np.float32(TURNED_AWAY + (1 - TURNED_AWAY) * facing)
