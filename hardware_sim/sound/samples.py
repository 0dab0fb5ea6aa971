"""Sound as arrays: float32 in -1..1 inside, s16le at the edges, 48 kHz mono, blocks of 480 samples."""

import io
import math
import wave
from typing import Final

import numpy as np
import numpy.typing as npt

RATE: Final = 48_000
BLOCK: Final = 480
BLOCK_S: Final = BLOCK / RATE
BLOCK_BYTES: Final = BLOCK * 2
FLOOR_DBFS: Final = -120.0
FULL_SCALE: Final = 32767.0

Samples = npt.NDArray[np.float32]
Pcm = npt.NDArray[np.int16]


def dbfs(mean_square: float) -> float:
    """Level of a mean square of samples in -1..1; a full-scale sine is -3.01, silence the floor of -120."""
    return max(FLOOR_DBFS, 10 * math.log10(mean_square)) if mean_square > 0 else FLOOR_DBFS


def amplitude(level_dbfs: float) -> float:
    """The RMS value of a level."""
    return float(10 ** (level_dbfs / 20))


def from_pcm(data: bytes) -> Samples:
    return (np.frombuffer(data, "<i2") / np.float32(FULL_SCALE)).astype(np.float32)


def to_pcm(samples: Samples) -> bytes:
    """s16le; what is too loud is clipped, as a converter does."""
    return bytes(np.rint(np.clip(samples, -1, 1) * FULL_SCALE).astype("<i2"))


def resample(samples: Samples, rate: int, to_rate: int = RATE) -> Samples:
    """The whole of a short recording at another rate, by its spectrum (length within 100 ms, padded)."""
    tenths = -(-len(samples) * 10 // rate)
    spectrum = np.fft.rfft(samples, tenths * rate // 10)
    length = tenths * to_rate // 10
    kept = spectrum[: min(len(spectrum), length // 2 + 1)]
    return (np.fft.irfft(kept, length) * (to_rate / rate)).astype(np.float32)


def to_wav(pcm: Pcm) -> bytes:
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as wav:
        wav.setnchannels(1)
        wav.setsampwidth(2)
        wav.setframerate(RATE)
        wav.writeframes(pcm.astype("<i2").tobytes())
    return buffer.getvalue()


class Recent:
    """The last seconds of a sound, in memory only. Starts as silence."""

    def __init__(self, seconds: float) -> None:
        self._ring = np.zeros(round(seconds * RATE / BLOCK) * BLOCK, np.int16)
        self._at = 0

    def append(self, block: bytes) -> None:
        self._ring[self._at : self._at + BLOCK] = np.frombuffer(block, "<i2")
        self._at = (self._at + BLOCK) % len(self._ring)

    def last(self, seconds: float) -> Pcm:
        """The newest `seconds` (up to what is kept), oldest sample first."""
        count = min(len(self._ring), round(seconds * RATE))
        return np.roll(self._ring, -self._at)[len(self._ring) - count :]
