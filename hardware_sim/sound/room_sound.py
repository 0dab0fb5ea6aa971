"""What sounds in the room without the robot: its people and the ventilation, or a test tone, or nothing.

Whoever speaks is heard from where they sit or stand: what comes straight from them is louder the nearer they are and
the more the face, where the microphones sit, looks at them; what the room sends back is the same everywhere.
"""

import asyncio
import contextlib
import json
import math
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
import numpy.typing as npt
from pydantic import BaseModel, ConfigDict, Field

from hardware_sim.room.director import Director, Voice
from hardware_sim.room.layout import LECTURER_X, LECTURER_Z
from hardware_sim.room.program import LINES, MANNERS, PEOPLE, Cue, Person
from hardware_sim.room.seats import SEAT_OF, SEATS
from hardware_sim.sound import voice
from hardware_sim.sound.acoustics import impulse_response
from hardware_sim.sound.samples import BLOCK, BLOCK_S, FULL_SCALE, RATE, Samples, amplitude

VOICE_DBFS: Final = -26.0  # at the microphone, while the lecturer speaks
NOISE_DBFS: Final = -55.0  # ventilation
TONE_DBFS: Final = -20.0
NOISE_LOOP_S: Final = 7.3  # long enough that nobody hears it repeat
WET: Final = 0.5  # how much of the room is in a voice, against the response from speaker to microphone
TURNED_AWAY: Final = 0.45  # what is left of the straight way with the head turned away
NEAREST: Final = (
    1.8  # times as loud as the lecturer, whoever sits at one's elbow: people at the table lower their voice
)
VOICE_TIMEOUT_S: Final = 30.0  # takes 0.3 s; a loaded machine starts processes slowly
SPEECH_SHARE: Final = 0.03  # of the loudest block; what is below is a pause
MOUTH_OPEN_RMS: Final = 0.08  # a loud vowel

Pcm = npt.NDArray[np.int16]


class VoiceError(Exception):
    """The child process that speaks for the room failed; the text is its last line."""


class RoomSound(BaseModel):
    """What shall sound: the course, its room in a pause, a sine of `hz` at -20 dBFS, nothing but the robot's echo."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Literal["course", "pause", "tone", "silence"]
    hz: float = Field(default=1000.0, ge=20.0, le=20_000.0, allow_inf_nan=False)


@dataclass(frozen=True)
class Recording:
    """One line as the lecturer would be heard straight ahead: `dry` is the straight way, `wet` what the room adds.

    Whole numbers of blocks at 48 kHz; 16 bits, as an hour of it should fit in memory.
    """

    dry: Pcm
    wet: Pcm


Recordings = Sequence[Recording]


async def room_voices() -> Recordings:
    """Every line of the program, as `LINES` numbers them. Raises VoiceError when they cannot be made."""
    child = await asyncio.create_subprocess_exec(
        *(sys.executable, "-P", voice.__file__),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        async with asyncio.timeout(VOICE_TIMEOUT_S):
            out, err = await child.communicate(_script())
    except TimeoutError:
        raise VoiceError(f"the room's voices were not ready after {VOICE_TIMEOUT_S:g} s") from None
    finally:
        if child.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                child.kill()
            await child.communicate()  # `wait` would wait for ever for a pipe that is full and not read
    if child.returncode != 0:
        words = err.decode(errors="replace").strip().splitlines() or ["no words"]
        raise VoiceError(f"exit code {child.returncode}: {words[-1]}")
    return await asyncio.to_thread(_in_the_room, out)


def _script() -> bytes:
    manners = ((MANNERS[line.who], line.text) for line in LINES)
    return json.dumps([(how.voice, how.pace, how.pitch, how.melody, text) for how, text in manners]).encode()


def _in_the_room(spoken: bytes) -> Recordings:
    head, _, samples = spoken.partition(b"\n")
    told = json.loads(head)
    tail = impulse_response(seed=2)
    tail = np.trim_zeros(tail, "f") / tail.max() * np.float32(WET)
    tail[0] = 0  # the straight way is `dry`
    ends = np.cumsum(told["samples"])[:-1]
    lines = np.split(np.frombuffer(samples, "<i2"), ends)
    return tuple(_recording(line.astype(np.float32) / np.float32(FULL_SCALE), told["rate"], tail) for line in lines)


def _recording(spoken: Samples, rate: int, tail: Samples) -> Recording:
    """Resampled and with the room's echo, both by the spectrum; tenths of a second are whole samples at both rates."""
    tenths = -(-len(spoken) * 10 // rate) - (-len(tail) * 10 // RATE)
    length = tenths * RATE // 10
    spectrum = np.fft.rfft(spoken, tenths * rate // 10)[: length // 2 + 1]
    echo = spectrum * np.fft.rfft(tail, length)[: len(spectrum)]
    dry, wet = (np.fft.irfft(part, length) * (length / (tenths * rate // 10)) for part in (spectrum, echo))
    blocks = np.sqrt(np.mean((dry + wet).reshape(-1, BLOCK) ** 2, axis=1))
    speech = blocks[blocks > SPEECH_SHARE * blocks.max()]
    factor = amplitude(VOICE_DBFS) / np.sqrt(np.mean(speech**2))
    return Recording(_to_pcm(dry * factor), _to_pcm(wet * factor))


def _to_pcm(samples: npt.NDArray[np.float64]) -> Pcm:
    return np.rint(np.clip(samples, -1, 1) * FULL_SCALE).astype(np.int16)


def ventilation(seed: int) -> Samples:
    """A seamless loop of low-pass noise at NOISE_DBFS."""
    length = round(NOISE_LOOP_S * RATE / BLOCK) * BLOCK
    spectrum = np.fft.rfft(np.random.default_rng(seed).standard_normal(length))
    hz = np.fft.rfftfreq(length, 1 / RATE)
    spectrum *= np.minimum(1.0, hz / 60) / (1 + (hz / 350) ** 1.5)
    noise = np.fft.irfft(spectrum, length)
    return np.asarray(noise * (amplitude(NOISE_DBFS) / np.sqrt(np.mean(noise**2))), np.float32)


def _places() -> dict[Person, tuple[float, float]]:
    """Azimuth (degrees) and distance (metres) of everybody who speaks; the lecturer in the middle of the walk."""
    at: dict[Person, tuple[float, float]] = {who: SEATS[seat] for who, seat in SEAT_OF.items()}
    at["lecturer"] = (sum(LECTURER_X) / 2, LECTURER_Z)
    return {who: (math.degrees(math.atan2(*at[who])), math.hypot(*at[who])) for who in PEOPLE}


PLACES: Final = _places()


def straight_gain(who: Person, pan_deg: float) -> float:
    """How loud somebody's straight way is with the head at this angle; 1 is the lecturer, looked at."""
    azimuth_deg, distance_m = PLACES[who]
    facing = (1 + math.cos(math.radians(pan_deg - azimuth_deg))) / 2
    near = min(NEAREST, PLACES["lecturer"][1] / distance_m)
    return near * (TURNED_AWAY + (1 - TURNED_AWAY) * facing)


class RoomSource:
    """The room's sound, block by block; starts as the course, without voices until `speak` gives them."""

    def __init__(self, seed: int, director: Director | None = None) -> None:
        self.playing = RoomSound(kind="course")
        self._director = director or Director(seed)
        self._noise = ventilation(seed)
        self._lines: Recordings = ()
        self._at = 0
        self._cue: Cue | None = None
        self._spoken = 0  # samples of that cue's line
        self._voice = Voice(None, 0.0)

    def speak(self, lines: Recordings) -> None:
        """From now on with these voices, as `LINES` numbers them."""
        self._lines = lines

    def voice(self) -> Voice:
        """Whose mouth is open, and how far. May be asked from any thread."""
        return self._voice

    def next_block(self, pan_deg: float, t_s: float) -> Samples:
        """The next 480 samples, at that time (Unix), at a microphone that looks `pan_deg` away from the board."""
        at, self._at = self._at, self._at + BLOCK
        if self.playing.kind != "course":
            self._cue, self._voice = None, Voice(None, 0.0)
        if self.playing.kind == "tone":
            tone_s = np.arange(at, at + BLOCK) / RATE
            peak = amplitude(TONE_DBFS) * math.sqrt(2)
            return (peak * np.sin(2 * np.pi * self.playing.hz * tone_s)).astype(np.float32)
        if self.playing.kind == "silence":
            return np.zeros(BLOCK, np.float32)
        start = at % len(self._noise)
        noise = self._noise[start : start + BLOCK]
        return noise + self._people(pan_deg, t_s) if self.playing.kind == "course" and self._lines else noise

    def _people(self, pan_deg: float, t_s: float) -> Samples | np.float32:
        cue = self._director.cue(t_s)
        if cue != self._cue:  # whoever comes late joins in, in time with the picture
            self._cue = cue
            self._spoken = 0 if cue is None else max(0, round((t_s - cue.begins_s) / BLOCK_S)) * BLOCK
        if self._cue is None:
            self._voice = Voice(None, 0.0)
            return np.float32(0)
        line, part = self._lines[self._cue.line], slice(self._spoken, self._spoken + BLOCK)
        self._spoken = part.stop
        if part.start >= len(line.dry):
            self._voice = Voice(None, 0.0)
            return np.float32(0)
        who = self._cue.who
        dry = line.dry[part] / np.float32(FULL_SCALE)
        opened = min(1.0, float(np.sqrt(np.mean(dry**2))) / MOUTH_OPEN_RMS)
        before = self._voice.opened if self._voice.who == who else 0.0
        self._voice = Voice(who, max(opened, 0.8 * before))
        heard = dry * straight_gain(who, pan_deg) + line.wet[part] / FULL_SCALE
        return np.asarray(heard, np.float32)
