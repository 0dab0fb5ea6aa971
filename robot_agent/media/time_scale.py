"""Sound made a little shorter or longer without a change of pitch: a cross-fade over one period of it (WSOLA)."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]

FADE = 240  # samples, 5 ms of cross-fade
LAG_MIN = 120  # samples, 2.5 ms: the period of 400 Hz
LAG_MAX = 720  # samples, 15 ms: the period of 67 Hz
ENOUGH = LAG_MAX + FADE  # samples needed to look at
SIMILAR = 0.9  # correlation from which one period is as good as the next
QUIET = 100.0  # RMS in steps of 16 bits, -50 dBFS: nobody hears what happens there

_STEP = 4  # search at 12 kHz: a voice's period is found as well there, at a sixteenth of the cost
_RISE: Floats = np.linspace(0.0, 1.0, FADE, endpoint=False, dtype=np.float32)


def shorten(samples: Floats, similar: float = SIMILAR, most: int = LAG_MAX) -> Floats | None:
    """`samples` without one period of at most `most` near the beginning; None where nothing fits well enough.

    Needs ENOUGH samples, else None. `similar` = -1 takes the best there is.
    """
    if samples.size < ENOUGH:
        return None
    most = min(most, LAG_MAX)
    if most < LAG_MIN:
        return None
    lag = _lag(samples[:FADE], samples[LAG_MIN : most + FADE], similar)
    if lag is None:
        return None
    lag += LAG_MIN
    return np.concatenate([_fade(samples[:FADE], samples[lag : lag + FADE]), samples[lag + FADE :]])


def lengthen(past: Floats, samples: Floats, similar: float = SIMILAR, most: int = LAG_MAX) -> Floats | None:
    """`samples`, which follow `past`, begun with one period (at most `most`) of the past again; None if nothing fits.

    Needs LAG_MAX samples of the past and FADE of the present, else None.
    """
    if past.size < LAG_MAX or samples.size < FADE:
        return None
    both = np.concatenate([past[-LAG_MAX:], samples])
    first = LAG_MAX - min(most, LAG_MAX)
    if first > LAG_MAX - LAG_MIN:
        return None
    start = _lag(samples[:FADE], both[first : LAG_MAX - LAG_MIN + FADE], similar)
    if start is None:
        return None
    start += first
    return np.concatenate([_fade(samples[:FADE], both[start : start + FADE]), both[start + FADE :]])


def fade_over(old: Floats, new: Floats) -> Floats:
    """`new`, which begins as `old` would have gone on; `old` has at most as many samples."""
    rise = np.linspace(0.0, 1.0, old.size, endpoint=False, dtype=np.float32)
    blended = new.copy()
    blended[: old.size] = old * (1.0 - rise) + new[: old.size] * rise
    return blended


def _fade(old: Floats, new: Floats) -> Floats:
    faded: Floats = old * (1.0 - _RISE) + new * _RISE
    return faded


def _lag(pattern: Floats, where: Floats, similar: float) -> int | None:
    """Where in `where` the pattern is found best, or None where that is not `similar` and not quiet."""
    coarse, field = pattern[::_STEP], where[::_STEP]
    products = np.correlate(field, coarse)
    squares = np.concatenate([np.zeros(1, np.float32), np.cumsum(field * field)])
    energies = squares[coarse.size :] - squares[: -coarse.size]
    own = float(np.dot(coarse, coarse))
    scores = products / np.sqrt(np.maximum(energies * own, 1.0))
    best = int(np.argmax(scores))
    loud = QUIET**2 * coarse.size
    if scores[best] < similar and max(own, float(energies[best])) > loud:
        return None
    return best * _STEP
