"""Sound whose way can be timed: a chirp every half second, found again by correlation. Pure."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

RATE_HZ = 48_000
PERIOD_S = 0.5  # the longest delay that can be told apart is about as long
CHIRP_S = 0.06
LOW_HZ, HIGH_HZ = 500.0, 3500.0  # the band of a voice
CHIRP_GAIN, TONE_GAIN = 0.4, 0.05  # the soft tone between the chirps shows gaps
TONE_HZ = 220.0
HEARD = 0.3  # of the usual correlation; below it the chirp was lost
GAP_SHARE = 0.1  # of the usual level: a block that is quieter is a hole
BLOCK = 480
CLOCK_WINDOW = 25  # looks at the clock; a third of a second of a browser's, a quarter of the room's

Samples = npt.NDArray[np.int16]
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Recording:
    """Mono, 48 kHz; `at` and `wall_ms` say which sample had which wall clock. A clock that stumbled is followed."""

    samples: Samples
    at: Floats
    wall_ms: Floats

    @classmethod
    def of(cls, said: Mapping[str, Any] | None) -> Recording:
        """From `{"clock": [[sample, ms]], "pcm"}` with base64; nothing is an empty recording."""
        if not said or not said["pcm"] or not said["clock"]:
            return cls(np.array([], np.int16), np.array([0.0]), np.array([0.0]))
        samples = np.frombuffer(base64.b64decode(said["pcm"]), "<i2").astype(np.int16)
        at, seen_ms = np.array(said["clock"], np.float64).T
        ahead_ms = running_median(seen_ms - at / RATE_HZ * 1000)
        return cls(samples, at, np.maximum.accumulate(at / RATE_HZ * 1000 + ahead_ms))

    @classmethod
    def steady(cls, start_ms: float, samples: Samples) -> Recording:
        """By a clock that never stumbles."""
        return cls(samples, np.array([0.0, 1e9]), start_ms + np.array([0.0, 1e9]) / RATE_HZ * 1000)

    def time_ms(self, sample: float) -> float:
        """Wall clock of a sample."""
        return float(np.interp(sample, self.at, self.wall_ms))

    def sample(self, at_ms: float) -> int:
        """The sample that had this wall clock; -1 outside of the recording."""
        if not self.wall_ms[0] <= at_ms <= self.wall_ms[-1]:
            return -1
        return int(np.interp(at_ms, self.wall_ms, self.at))


def running_median(values: Floats) -> Floats:
    """Over CLOCK_WINDOW neighbours: one late look does not move the clock, a stumble does."""
    half = min(CLOCK_WINDOW, values.size) // 2
    padded = np.pad(values, half, mode="symmetric")
    smoothed: Floats = np.median(np.lib.stride_tricks.sliding_window_view(padded, 2 * half + 1), axis=1)
    return smoothed


@dataclass(frozen=True)
class SoundWay:
    """Milliseconds from a chirp's entry to its exit; NaN where none came. `longest_gap_ms` of silence at the exit."""

    p50: float
    p95: float
    sent: int
    heard: int
    longest_gap_ms: float


def chirp() -> Floats:
    """The template, 1.0 = full scale."""
    t = np.arange(int(CHIRP_S * RATE_HZ)) / RATE_HZ
    phase = LOW_HZ * t + (HIGH_HZ - LOW_HZ) * t * t / (2 * CHIRP_S)
    wave: Floats = CHIRP_GAIN * np.sin(2 * np.pi * phase) * np.sin(np.pi * t / CHIRP_S)
    return wave


def chirp_track(period_s: float = PERIOD_S) -> Samples:
    """One period, to be repeated: the same as in `sound.js`."""
    t = np.arange(int(period_s * RATE_HZ)) / RATE_HZ
    track = TONE_GAIN * np.sin(2 * np.pi * TONE_HZ * t)
    track[: int(CHIRP_S * RATE_HZ)] += chirp()
    return (track * 32767).astype(np.int16)


def correlation(samples: Samples) -> Floats:
    """How much of a chirp begins at each sample; as long as the input."""
    template = chirp()
    size = 1 << int(np.ceil(np.log2(samples.size + template.size)))
    spectrum = np.fft.rfft(samples.astype(np.float64) / 32768, size) * np.conj(np.fft.rfft(template, size))
    found: Floats = np.abs(np.fft.irfft(spectrum, size)[: samples.size])
    return found


def chirps_in(recording: Recording, period_s: float = PERIOD_S) -> Floats:
    """Wall clock, in ms, of every chirp that begins in it; one comes every `period_s`."""
    period = int(period_s * RATE_HZ)
    if recording.samples.size < 2 * period:
        return np.array([])
    strength = correlation(recording.samples)
    first = int(np.argmax(strength[:period]))
    found, at = [], first
    while at < strength.size:
        low = max(0, at - period // 4)
        found.append(low + int(np.argmax(strength[low : at + period // 4])))
        at = found[-1] + period
    usual = float(np.median(strength[found]))
    return np.array([recording.time_ms(n) for n in found if strength[n] > HEARD * usual])


def sound_way(mouth: Recording, ear: Recording, settle_s: float = 0.0, period_s: float = PERIOD_S) -> SoundWay:
    """The way from `mouth` to `ear`: each chirp that went in, and the strongest place within a period after it.

    The first `settle_s` of the ear are not looked at.
    """
    went_in = chirps_in(mouth, period_s)
    strength = correlation(ear.samples) if ear.samples.size else np.array([])
    reach = int(period_s * RATE_HZ) - int(CHIRP_S * RATE_HZ)
    peaks: list[tuple[float, float]] = []
    for at_ms in went_in:
        low = ear.sample(at_ms)
        if low >= settle_s * RATE_HZ and low + reach <= strength.size:
            peak = low + int(np.argmax(strength[low : low + reach]))
            peaks.append((ear.time_ms(peak) - at_ms, float(strength[peak])))
    usual = float(np.median([height for _, height in peaks])) if peaks else 0.0
    end = ear.sample(float(went_in[-1])) if peaks else 0  # what comes after the last chirp is the end of the run
    ways = [way for way, height in peaks if height > HEARD * usual and usual > 0.0]
    if not ways:
        return SoundWay(float("nan"), float("nan"), len(peaks), 0, float("nan"))
    p50, p95 = (round(float(value), 1) for value in np.percentile(ways, [50, 95]))
    return SoundWay(p50, p95, len(peaks), len(ways), longest_gap_ms(ear.samples[int(settle_s * RATE_HZ) : end]))


def silent_blocks(samples: Samples) -> npt.NDArray[np.bool_]:
    """Which blocks of 10 ms are nearly silent, in a sound that never is."""
    blocks = samples[: samples.size // BLOCK * BLOCK].reshape(-1, BLOCK).astype(np.float64)
    levels = np.sqrt(np.mean(blocks**2, axis=1))
    silent: npt.NDArray[np.bool_] = levels < GAP_SHARE * (np.median(levels) if levels.size else 0.0)
    return silent


def longest_gap_ms(samples: Samples) -> float:
    """The longest run of silent blocks; NaN where there is no sound to look at."""
    blocks = silent_blocks(samples)
    if not blocks.size:
        return float("nan")
    longest = run = 0
    for silent in blocks:
        run = run + 1 if silent else 0
        longest = max(longest, run)
    return longest * 10.0
