"""How loud a person is in the room: volume as people mean it, and a whisper that a neighbour understands."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from robot_agent.media.blocks import BLOCK, RATE_HZ

Floats = npt.NDArray[np.float32]

EXPONENT = 1.661  # loudness grows as pressure ** 0.6 (Stevens): half the percentage sounds half as loud, -10 dB
WHISPER_DB = -18.0  # reaches the neighbour's chair (1 m) and is under a quiet room's murmur at the far table (4 m)
TAPS = 193  # 4 ms: long enough for a bend at 300 Hz; linear phase, so 2 ms later

_BEND_HZ = 300.0  # chest voice below carries across a room and says little
_PRESENCE_HZ = 3100.0  # where consonants are: what makes few decibels intelligible
_PRESENCE_DB = 6.0
_STEPS: Floats = np.arange(1, BLOCK + 1, dtype=np.float32) / np.float32(BLOCK)


@dataclass(frozen=True, slots=True)
class Loudness:
    """`percent` 0 to 100 of the loudest, 0 = nothing; `whisper` is for one neighbour."""

    percent: float = 100.0
    whisper: bool = False

    def __post_init__(self) -> None:
        if not 0.0 <= self.percent <= 100.0:
            raise ValueError(f"a volume is 0 to 100 percent, not {self.percent}")

    @property
    def gain(self) -> float:
        """Linear, without the whisper."""
        return float((self.percent / 100.0) ** EXPONENT)


class LoudnessStage:
    """Sound through a `Loudness` that may change at any time: from block to block without a click.

    `process` belongs to one thread; `wanted` may be set from any.
    """

    def __init__(self) -> None:
        self.wanted = Loudness()
        self.reset()

    def reset(self) -> None:
        """Forget what was heard; what is wanted holds from the first sample."""
        self._now = self.wanted
        self._past: Floats = np.zeros(TAPS - 1, dtype=np.float32)

    def process(self, samples: Floats) -> Floats:
        """The next BLOCK samples, full scale = 1.0. Not limited."""
        wanted, now = self.wanted, self._now
        with_past = np.concatenate([self._past, samples])
        self._past = with_past[BLOCK:]
        self._now = wanted
        heard = self._shaped(samples, with_past, now)
        if wanted == now:
            return heard
        after = self._shaped(samples, with_past, wanted)
        faded: Floats = heard + (after - heard) * _STEPS
        return faded

    @staticmethod
    def _shaped(samples: Floats, with_past: Floats, loudness: Loudness) -> Floats:
        shaped = np.convolve(with_past, _WHISPER, mode="valid") if loudness.whisper else samples
        scaled: Floats = shaped * np.float32(loudness.gain)
        return scaled


def _whisper_filter() -> Floats:
    """Shape (TAPS,): high-pass, presence and level in one; designed by its response, then windowed."""
    hz = np.fft.rfftfreq(4096, 1 / RATE_HZ)
    high_pass = (hz / _BEND_HZ) ** 2 / (1.0 + (hz / _BEND_HZ) ** 2)
    apart = np.abs(np.log(np.maximum(hz, 1.0) / _PRESENCE_HZ))
    presence_db = _PRESENCE_DB * np.clip(1.5 * (1.0 - apart), 0.0, 1.0)
    response = high_pass * 10 ** ((presence_db + WHISPER_DB) / 20)
    centred = np.roll(np.fft.irfft(response), TAPS // 2)[:TAPS]
    taps: Floats = (centred * np.hanning(TAPS + 2)[1:-1]).astype(np.float32)
    return taps


_WHISPER = _whisper_filter()
