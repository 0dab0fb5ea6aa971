"""Two clocks that run apart: how much faster the voice must be played, and a resampler that does it."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from robot_agent.media.blocks import BLOCK

Floats = npt.NDArray[np.float32]

MAX_PPM = 500.0  # crystals are within 100, cheap tablets' audio clocks seen to 300; under a cent of pitch
MAX_ERROR_S = 0.010  # a greater error is not drift; shortening and lengthening see to it
_KP_PER_S = 0.1  # 5 ms of error ask for 500 ppm
_KI_PER_S2 = _KP_PER_S**2 / 4  # critically damped: gone in about 2 / KP = 20 s, without swinging

TAPS = 32
_ORDER = 5  # of the polynomial in the fraction; the error is then below -90 dB
_BETA = 8.0  # Kaiser: side lobes at -80 dB


class DriftControl:
    """Keeps a wait at its target by a ratio close to 1; pure. The integral part is the drift of the two clocks."""

    def __init__(self) -> None:
        self._drift = 0.0
        self._ratio = 1.0

    def update(self, error_s: float, elapsed_s: float) -> None:
        """`error_s`: how much longer than wanted sound waits now; `elapsed_s` since the update before."""
        error_s = min(MAX_ERROR_S, max(-MAX_ERROR_S, error_s))
        limit = MAX_PPM * 1e-6
        if abs(self._drift + _KP_PER_S * error_s) < limit:  # what cannot be done must not add up
            self._drift = min(limit, max(-limit, self._drift + _KI_PER_S2 * error_s * elapsed_s))
        self._ratio = 1.0 + min(limit, max(-limit, self._drift + _KP_PER_S * error_s))

    @property
    def ratio(self) -> float:
        """Samples of the voice for each sample played, within MAX_PPM of 1."""
        return self._ratio

    @property
    def drift_ppm(self) -> float:
        """How much faster the far side's clock runs than the device's."""
        return self._drift * 1e6


class Resampler:
    """BLOCK samples out at a ratio near 1 that may change from block to block.

    A windowed sinc whose taps are polynomials of the fraction (Farrow structure), so any fraction costs the same.
    """

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """Forget what was heard; the next sample comes TAPS / 2 samples late."""
        self._held: Floats = np.zeros(TAPS // 2, dtype=np.float32)
        self._phase = 0.0

    @property
    def held(self) -> int:
        """Samples taken in and not yet heard."""
        return max(0, self._held.size - (TAPS // 2 - 1))

    def needed(self, ratio: float) -> int:
        """How many samples the next block takes."""
        last = int(self._phase + (BLOCK - 1) * ratio)
        return max(0, last + TAPS - self._held.size)

    def process(self, samples: Floats, ratio: float) -> Floats:
        """`needed(ratio)` samples in, BLOCK out. Raises ValueError for too few."""
        if samples.size < self.needed(ratio):
            raise ValueError(f"a block takes {self.needed(ratio)} samples, not {samples.size}")
        held = np.concatenate([self._held, samples])
        positions = self._phase + ratio * np.arange(BLOCK)
        whole = positions.astype(np.int64)
        fraction = (positions - whole).astype(np.float32)
        views = np.lib.stride_tricks.sliding_window_view(held, TAPS)[: int(whole[-1]) + 1]
        terms = (np.ascontiguousarray(views) @ _POLYNOMIALS)[whole]
        heard: Floats = terms[:, 0].copy()
        for term in range(1, _ORDER + 1):
            heard *= fraction
            heard += terms[:, term]
        end = self._phase + ratio * BLOCK
        self._held = held[int(end) :]
        self._phase = end - int(end)
        return heard


def _polynomials() -> Floats:
    """Shape (TAPS, ORDER + 1): each tap's coefficients, the highest power first."""
    fractions = np.linspace(0.0, 1.0, 65)
    at = np.arange(TAPS)[:, None] - (TAPS // 2 - 1) - fractions[None, :]
    window = np.i0(_BETA * np.sqrt(np.maximum(0.0, 1.0 - (at / (TAPS / 2)) ** 2))) / np.i0(_BETA)
    fitted: Floats = np.polyfit(fractions, (np.sinc(at) * window).T, _ORDER).T.astype(np.float32)
    return fitted


_POLYNOMIALS = _polynomials()
