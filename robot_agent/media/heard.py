"""«Hører dere meg?»: is what the robot played to be heard in the room over its noise? Pure.

The microphone's raw sound (before the echo canceller) is compared with what the speaker was given. What of it follows
the speaker's sound (magnitude-squared coherence, Bendat and Piersol, Random Data, ch. 6) is the robot's own voice, even
while others talk; the room's noise is what is there in the quietest moments.
"""

from __future__ import annotations

import math
import threading
from collections import deque
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from protocol.state import Hearing
from robot_agent.media.blocks import BLOCK, FULL_SCALE, RATE_HZ, Block

WINDOW_S = 4.0
WINDOW_BLOCKS = round(WINDOW_S * RATE_HZ / BLOCK)
FEWEST_BLOCKS = 150  # 1.5 s: the chime, or a sentence with the quiet beside it
DOWN = 4  # 48 kHz -> 12 kHz: the voice band is all that is looked at
SLOW_HZ = RATE_HZ // DOWN
VOICE_HZ = (300.0, 3400.0)  # ITU-T G.712: what a telephone carries is enough to be understood
MAX_DELAY_S = 0.5  # the worst sound card, driver and room together
FRAME = 1024  # 85 ms at 12 kHz: most of what a furnished room answers
HOP = FRAME // 2
ACTIVE_DBFS = -50.0  # in the voice band; below it the robot says nothing that a room could hear
ACTIVE_S = 0.7  # a short sentence
STRONG_DB = 30.0  # frequencies that the robot's voice has, compared with its strongest
SURE_SIGMAS = 5.0  # of what chance gives to the coherence
NOISE_SHARE = 0.1  # the quietest tenth of the time
NOISE_MEMORY = 8  # evaluations: a lecturer pauses once in such a time
QUIETEST_DBFS = -85.0  # the noise of a good microphone by itself

# The microphone sits a hand's breadth from the speaker. At two or three metres the voice is 22 dB weaker in the free
# field, and about 15 dB in a furnished room, which gives some of it back: what is so much over the noise here is just
# as loud as the noise there. What is under the noise here is lost.
HEARD_DB = 15.0
FAINT_DB = 0.0
MISSED_DB = (
    6.0  # where a voice so far over the noise could be missed, others talk too loudly to say that it is not there
)

Samples = npt.NDArray[np.float32]
"""Shape (n,), float32, full scale = 1.0."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """`snr_db` is the robot's voice over the room's noise at its microphone, `delay_ms` its way there.

    None = not known: nothing was played, or nothing of it was found.
    """

    hearing: Hearing
    snr_db: float | None = None
    delay_ms: float | None = None


NOTHING_TO_TELL = Verdict(Hearing.UNKNOWN)


class Played:
    """The last seconds of what was played and heard at the same time. `push` from the device's thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._ring = np.zeros((2, WINDOW_BLOCKS, BLOCK), dtype=np.int16)
        self._count = 0

    def push(self, played: Block, heard: Block) -> None:
        """10 ms: what the device was given, and what its microphone gave back in exchange for it."""
        with self._lock:
            at = self._count % WINDOW_BLOCKS
            self._ring[0, at] = played
            self._ring[1, at] = heard
            self._count += 1

    def snapshot(self, newest: int = WINDOW_BLOCKS) -> tuple[Block, Block] | None:
        """The `newest` blocks of both, oldest first, at most WINDOW_S; None while there are too few to judge."""
        with self._lock:
            kept = min(self._count, WINDOW_BLOCKS, newest)
            if kept < FEWEST_BLOCKS:
                return None
            turned = np.roll(self._ring, -(self._count % WINDOW_BLOCKS), axis=1)[:, WINDOW_BLOCKS - kept :]
        return turned[0].reshape(-1), turned[1].reshape(-1)

    @property
    def count(self) -> int:
        """Blocks since the device was opened."""
        return self._count

    def clear(self) -> None:
        """Forget everything."""
        with self._lock:
            self._ring[:] = 0
            self._count = 0


class Judge:
    """Tells whether the room hears the robot; remembers how quiet the room can be. About 8 ms an evaluation."""

    def __init__(self) -> None:
        self._noise: deque[float] = deque(maxlen=NOISE_MEMORY)

    def judge(self, played: Block, heard: Block) -> Verdict:
        """Of the same length, at 48 kHz, a second or more. Raises ValueError for other shapes."""
        if played.shape != heard.shape or played.ndim != 1 or played.size < RATE_HZ:
            raise ValueError(f"cannot compare {played.shape} with {heard.shape}")
        far, near = _slow(played), _slow(heard)
        self._noise.append(_noise_power(_spectra(near)))
        delay = _delay(far, near)
        far_spectra, near_spectra = _spectra(far[: far.size - delay]), _spectra(near[delay:])
        active = _band_power(far_spectra) > 10.0 ** (ACTIVE_DBFS / 10)
        if active.sum() * HOP < ACTIVE_S * SLOW_HZ:
            return NOTHING_TO_TELL
        voice, least = _own_voice(far_spectra[active], near_spectra[active])
        noise = max(min(self._noise), 10.0 ** (QUIETEST_DBFS / 10))
        if voice is None:
            return Verdict(Hearing.NOT_HEARD) if least < noise * 10.0 ** (MISSED_DB / 10) else NOTHING_TO_TELL
        snr_db = 10.0 * math.log10(voice / noise)
        return Verdict(_hearing(snr_db), round(snr_db, 1), round(1000.0 * delay / SLOW_HZ, 1))


def _hearing(snr_db: float) -> Hearing:
    if snr_db >= HEARD_DB:
        return Hearing.HEARD
    return Hearing.FAINT if snr_db >= FAINT_DB else Hearing.NOT_HEARD


# 24 taps of a windowed sinc, cut at 4.2 kHz: 3.4 kHz pass, what would fold down onto them is 40 dB weaker.
_TAPS = np.sinc(2 * 4200 / RATE_HZ * (np.arange(24) - 11.5)) * np.hamming(24)
_LOW_PASS: Samples = (_TAPS / _TAPS.sum()).astype(np.float32)
_WINDOW: Samples = np.hanning(FRAME).astype(np.float32)
_BINS = np.fft.rfftfreq(FRAME, 1 / SLOW_HZ)
_VOICE = (VOICE_HZ[0] <= _BINS) & (VOICE_HZ[1] >= _BINS)
_SCALE = 2.0 / (FRAME * float(np.sum(_WINDOW**2)))  # periodogram -> mean square of the band (Parseval)


def _slow(samples: Block) -> Samples:
    padded = np.concatenate([np.zeros(_LOW_PASS.size - 1, np.float32), samples.astype(np.float32) / FULL_SCALE])
    windows = np.lib.stride_tricks.sliding_window_view(padded, _LOW_PASS.size)[::DOWN]
    slow: Samples = (windows @ _LOW_PASS).astype(np.float32)
    return slow


def _spectra(samples: Samples) -> npt.NDArray[np.complex64]:
    """Shape (frames, frequencies of the voice band)."""
    frames = np.lib.stride_tricks.sliding_window_view(samples, FRAME)[::HOP]
    spectra: npt.NDArray[np.complex64] = np.fft.rfft(frames * _WINDOW, axis=1)[:, _VOICE].astype(np.complex64)
    return spectra


def _band_power(spectra: npt.NDArray[np.complex64]) -> npt.NDArray[np.float64]:
    """Mean square in the voice band of each frame."""
    return np.asarray(_SCALE * np.sum(np.abs(spectra) ** 2, axis=1, dtype=np.float64))


def _noise_power(near: npt.NDArray[np.complex64]) -> float:
    power = np.sort(_band_power(near))
    return float(np.mean(power[: max(1, round(NOISE_SHARE * power.size))]))


def _delay(far: Samples, near: Samples) -> int:
    """The lag (samples at 12 kHz) at which `near` follows `far` best.

    Generalized cross-correlation with phase transform (Knapp and Carter, 1976), over the voice band.
    """
    size = 1 << (far.size + int(MAX_DELAY_S * SLOW_HZ) - 1).bit_length()
    cross = np.conj(np.fft.rfft(far, size)) * np.fft.rfft(near, size)
    hertz = np.fft.rfftfreq(size, 1 / SLOW_HZ)
    size_of = np.abs(cross)
    used = (hertz >= VOICE_HZ[0]) & (hertz <= VOICE_HZ[1]) & (size_of > 0)
    whitened = np.where(used, cross / np.where(used, size_of, 1.0), 0.0)
    return int(np.argmax(np.fft.irfft(whitened, size)[: int(MAX_DELAY_S * SLOW_HZ)]))


def _own_voice(far: npt.NDArray[np.complex64], near: npt.NDArray[np.complex64]) -> tuple[float | None, float]:
    """Mean square of what in `near` follows `far`, in the voice band, and the least that would have been found.

    The first is None where it may be chance.
    """
    far_power, near_power = np.mean(np.abs(far) ** 2, axis=0), np.mean(np.abs(near) ** 2, axis=0)
    strong = (far_power > far_power.max() * 10.0 ** (-STRONG_DB / 10)) & (near_power > 0.0)
    if not strong.any():
        return None, 0.0
    cross = np.mean(np.conj(far) * near, axis=0)[strong]
    coherence = np.abs(cross) ** 2 / (far_power[strong] * near_power[strong])
    chance = min(0.9, 1.9 / far.shape[0])  # half-overlapped Hann frames count as 1 / 1.9 each
    sigma = chance / math.sqrt(max(1.0, strong.sum() / 2.0))  # neighbours of a Hann window are not independent
    least = _SCALE * SURE_SIGMAS * sigma * float(np.sum(near_power[strong], dtype=np.float64))
    if float(np.mean(coherence)) - chance < SURE_SIGMAS * sigma:
        return None, least
    sure = np.clip((coherence - chance) / (1.0 - chance), 0.0, 1.0)
    return _SCALE * float(np.sum(sure * near_power[strong], dtype=np.float64)), least
