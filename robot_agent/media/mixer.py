"""What the robot's speaker plays: named inputs, gains, how loud a person is, one volume, and a limiter.

The device's thread calls `mix` every 10 ms; it waits for no other thread longer than a queue's lock.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

import numpy as np
import numpy.typing as npt

from robot_agent.media.blocks import BLOCK, FULL_SCALE, RATE_HZ, Block, BlockSource
from robot_agent.media.loudness import Loudness, LoudnessStage

RAMP = 240  # samples, 5 ms: too short to be heard as a fade, too long to click
KNEE = 0.7  # of full scale (-3 dBFS): linear below, bent above
MAX_GAIN = 4.0  # +12 dB; more only bends everything

Floats = npt.NDArray[np.float32]

_RISE: Floats = np.linspace(0.0, 1.0, RAMP, endpoint=False, dtype=np.float32)
_FALL: Floats = np.linspace(1.0, 0.0, RAMP, endpoint=False, dtype=np.float32)
_FULL_STEPS: Floats = (np.arange(1, BLOCK + 1, dtype=np.float32)) / np.float32(BLOCK)


def soft_limit(samples: Floats) -> Floats:
    """Full scale = 1.0. Unchanged up to KNEE, above it bent so that it stays below 1.0; odd and monotonic."""
    size = np.abs(samples)
    if float(size.max(initial=0.0)) <= KNEE:
        return samples
    room = np.float32(1.0 - KNEE)
    bent = KNEE + room * np.tanh((size - KNEE) / room)
    limited: Floats = np.where(size <= KNEE, samples, np.sign(samples) * bent).astype(np.float32)
    return limited


def to_block(samples: Floats) -> Block:
    """Full scale = 1.0 -> int16, saturating."""
    block: Block = np.clip(np.rint(samples * FULL_SCALE), -32768, 32767).astype(np.int16)
    return block


def together(one: Block, other: Block) -> Block:
    """Two blocks at once, bent where they are too loud."""
    return to_block(soft_limit((one.astype(np.float32) + other.astype(np.float32)) / np.float32(FULL_SCALE)))


class _Input:
    """One input: pulls blocks, fades in after silence, lets the last samples die away when it runs dry."""

    def __init__(self, source: BlockSource, gain: float) -> None:
        self._source = source
        self._gain = gain
        self._wanted_gain = gain
        self._last: Floats | None = None

    def set_gain(self, gain: float) -> None:
        self._wanted_gain = gain

    @property
    def gain(self) -> float:
        return self._wanted_gain

    def next(self) -> Floats | None:
        """The next 10 ms with its gain, or None for silence."""
        block = self._source.pop()
        if block is None:
            return self._tail()
        samples = block.astype(np.float32) / np.float32(FULL_SCALE) * self._gains()
        faded = samples
        if self._last is None:
            faded = samples.copy()
            faded[:RAMP] *= _RISE
        self._last = samples
        return faded

    def reset(self) -> None:
        """Forget what was played: the next block is the first."""
        self._last = None
        self._gain = self._wanted_gain

    def _tail(self) -> Floats | None:
        """The last 5 ms played backwards and faded out: it begins where the sound broke off."""
        last, self._last = self._last, None
        if last is None:
            return None
        tail: Floats = np.zeros(BLOCK, dtype=np.float32)
        tail[:RAMP] = last[::-1][:RAMP] * _FALL
        return tail

    def _gains(self) -> Floats | np.float32:
        wanted = self._wanted_gain
        if wanted == self._gain:
            return np.float32(wanted)
        steps: Floats = np.float32(self._gain) + _FULL_STEPS * np.float32(wanted - self._gain)
        self._gain = wanted
        return steps


class Mixer:
    """Sums its inputs. `mix` belongs to the device's thread; volume and gains may be set from any thread."""

    def __init__(self, sources: Mapping[str, BlockSource], person: Collection[str] = ()) -> None:
        """`sources` are pulled once for every block, each under its name; `loudness` is of those in `person`."""
        self._inputs = {name: _Input(source, 1.0) for name, source in sources.items()}
        self._person = [mixed for name, mixed in self._inputs.items() if name in person]
        self._others = [mixed for name, mixed in self._inputs.items() if name not in person]
        self._stage = LoudnessStage()
        self._volume = 1.0
        self._wanted_volume = 1.0

    def set_gain(self, name: str, gain: float) -> None:
        """Linear gain of one input, reached over 10 ms. KeyError, or ValueError outside 0..MAX_GAIN."""
        self._inputs[name].set_gain(_checked(gain))

    def gain(self, name: str) -> float:
        """The gain in force or on its way. Raises KeyError."""
        return self._inputs[name].gain

    @property
    def volume(self) -> float:
        """The master volume, linear, in force or on its way."""
        return self._wanted_volume

    @volume.setter
    def volume(self, volume: float) -> None:
        """Raises ValueError outside 0..MAX_GAIN."""
        self._wanted_volume = _checked(volume)

    @property
    def loudness(self) -> Loudness:
        """How loud the person is, in force or on its way; reached over 10 ms."""
        return self._stage.wanted

    @loudness.setter
    def loudness(self, loudness: Loudness) -> None:
        self._stage.wanted = loudness

    def reset(self) -> None:
        """Before a device is opened again: no tail of what was played when it was closed."""
        for mixed in self._inputs.values():
            mixed.reset()
        self._stage.reset()
        self._volume = self._wanted_volume

    def mix(self) -> Block:
        """The next 10 ms for the speaker, a block of its own."""
        total = self._stage.process(_sum(self._person)) + _sum(self._others)
        wanted = self._wanted_volume
        if wanted == self._volume:
            total *= np.float32(wanted)
        else:
            total *= np.float32(self._volume) + _FULL_STEPS * np.float32(wanted - self._volume)
            self._volume = wanted
        return to_block(soft_limit(total))


def _sum(inputs: Iterable[_Input]) -> Floats:
    total: Floats = np.zeros(BLOCK, dtype=np.float32)
    for mixed in inputs:
        samples = mixed.next()
        if samples is not None:
            total += samples
    return total


def _checked(gain: float) -> float:
    if not 0.0 <= gain <= MAX_GAIN:
        raise ValueError(f"a gain is between 0 and {MAX_GAIN:g}, not {gain}")
    return float(gain)


CHIME_DBFS = -24.0
_CHIME_TONE_S = 0.22
_CHIMES_HZ = {"connected": (523.25, 783.99), "left": (783.99, 523.25)}  # C5 and G5: a fifth, up or down


_ASK_HZ = (392.0, 523.25, 659.26)  # G4, C5, E5, struck one after the other
_ASK_HARMONICS = 6  # up to 4 kHz: what a small speaker does to the voice band shows
_ASK_STEP_S = 0.35
_ASK_DECAY_S = 0.4


def chime(name: str) -> list[Block]:
    """A soft sound: `connected` (two tones up) or `left` (down), 0.45 s; `ask` (three bells), 1.4 s.

    Raises KeyError.
    """
    samples = _bells() if name == "ask" else _two_tones(name)
    samples *= 10.0 ** (CHIME_DBFS / 20.0) / np.sqrt(np.mean(samples**2))
    return list(to_block(samples.astype(np.float32)).reshape(-1, BLOCK))


def _bells() -> npt.NDArray[np.float64]:
    step, ring = (int(seconds * RATE_HZ) // BLOCK * BLOCK for seconds in (_ASK_STEP_S, 2 * _ASK_STEP_S))
    times = np.arange(ring) / RATE_HZ
    envelope = np.exp(-times / _ASK_DECAY_S) * np.minimum(1.0, times / 0.005) * np.minimum(1.0, times[::-1] / 0.05)
    samples = np.zeros(step * (len(_ASK_HZ) - 1) + ring)
    for number, hz in enumerate(_ASK_HZ):
        tone = sum(np.sin(2.0 * np.pi * hz * n * times) / n for n in range(1, _ASK_HARMONICS + 1))
        samples[number * step : number * step + ring] += tone * envelope
    return samples


def _two_tones(name: str) -> npt.NDArray[np.float64]:
    count = int(_CHIME_TONE_S * RATE_HZ) // BLOCK * BLOCK
    times = np.arange(count) / RATE_HZ
    envelope = np.sin(np.pi * np.linspace(0.0, 1.0, count)) ** 2
    tones = [np.sin(2.0 * np.pi * hz * times) * envelope for hz in _CHIMES_HZ[name]]
    return np.concatenate(tones)
