"""A synthesised sentence as the speaker needs it: 48 kHz, a known level, in blocks, in turn."""

from __future__ import annotations

import math
import threading
from collections import deque
from functools import cache

import numpy as np
import numpy.typing as npt

from robot_agent.media.blocks import BLOCK, BLOCK_S, FULL_SCALE, RATE_HZ, Block
from robot_agent.media.mixer import soft_limit, to_block
from robot_agent.media.sound_errors import SpeechBusyError, SpeechEmptyError

Floats = npt.NDArray[np.float32]

SPEECH_DBFS = -20.0  # RMS while it speaks, like a voice over a well-set microphone
_SILENT = 0.003  # of full scale; espeak-ng's pauses are exact zeros with a little ringing
_LOWEST_HZ, _HIGHEST_HZ = 8_000, 96_000
_HALF_TAPS = 24  # at the lower of both rates: stop band below -70 dB, flat to 0.9 of the band
_KAISER_BETA = 7.0
_PASS = 0.94  # the cut-off, of half the lower rate


def resample(samples: Floats, rate_hz: int) -> Floats:
    """Any rate -> 48 kHz, by a polyphase windowed-sinc filter; the length is rounded up.

    Raises ValueError for a rate that no speech has.
    """
    if not _LOWEST_HZ <= rate_hz <= _HIGHEST_HZ:
        raise ValueError(f"cannot resample from {rate_hz} Hz")
    if rate_hz == RATE_HZ or samples.size == 0:
        return samples
    common = math.gcd(RATE_HZ, rate_hz)
    up, down = RATE_HZ // common, rate_hz // common
    filters = _polyphase(up, down)
    taps = filters.shape[1]
    count = -(-samples.size * up // down)
    padded = np.pad(samples, (taps // 2 - 1, taps // 2 + down))
    windows = np.lib.stride_tricks.sliding_window_view(padded, taps)
    output: Floats = np.empty(count, dtype=np.float32)
    for first in range(min(up, count)):
        start, phase = divmod(first * down, up)
        places = output[first::up]
        places[:] = windows[start::down][: places.size] @ filters[phase]
    return output


@cache
def _polyphase(up: int, down: int) -> Floats:
    """One filter for each of the `up` places between two input samples: shape (up, taps), unit sum."""
    stretch = max(1.0, down / up)
    half = math.ceil(_HALF_TAPS * stretch)
    places = np.arange(-half + 1, half + 1)[None, :] - (np.arange(up) / up)[:, None]
    cut = _PASS / stretch
    inside = np.clip(1.0 - (places / half) ** 2, 0.0, None)
    window = np.i0(_KAISER_BETA * np.sqrt(inside)) * (inside > 0.0)
    filters = np.sinc(places * cut) * window
    normal: Floats = (filters / filters.sum(axis=1, keepdims=True)).astype(np.float32)
    return normal


def prepare(sound: bytes, rate_hz: int) -> npt.NDArray[np.int16]:
    """A sentence (s16le) as blocks, shape (n, 480), at SPEECH_DBFS. Raises SpeechEmptyError for silence."""
    samples = np.frombuffer(sound, dtype="<i2").astype(np.float32) / np.float32(FULL_SCALE)
    active = samples[np.abs(samples) > _SILENT]
    if active.size == 0:
        raise SpeechEmptyError
    level = float(np.sqrt(np.mean(active**2)))
    even = resample(samples, rate_hz) * np.float32(10.0 ** (SPEECH_DBFS / 20.0) / level)
    padded = np.pad(even, (0, -even.size % BLOCK))
    return to_block(soft_limit(padded)).reshape(-1, BLOCK)


class SentenceQueue:
    """Sentences in turn, pulled by the mixer block by block: a BlockSource. Thread-safe."""

    def __init__(self, capacity: int) -> None:
        """`capacity` counts the sentence that is being said."""
        self._lock = threading.Lock()
        self._capacity = capacity
        self._sentences: deque[deque[Block]] = deque()

    def put(self, blocks: npt.NDArray[np.int16]) -> float:
        """Add a sentence, shape (n, 480); returns the seconds until it begins. Raises SpeechBusyError."""
        with self._lock:
            self._check_room()
            wait_s = self._remaining_s()
            self._sentences.append(deque(blocks))
            return wait_s

    def check_room(self) -> None:
        """Raises SpeechBusyError when it is full."""
        with self._lock:
            self._check_room()

    def pop(self) -> Block | None:
        with self._lock:
            if not self._sentences:
                return None
            block = self._sentences[0].popleft()
            if not self._sentences[0]:
                self._sentences.popleft()
            return block

    def clear(self) -> None:
        """Say nothing more."""
        with self._lock:
            self._sentences.clear()

    @property
    def remaining_s(self) -> float:
        """Until everything has been said."""
        with self._lock:
            return self._remaining_s()

    def _remaining_s(self) -> float:
        return sum(map(len, self._sentences)) * BLOCK_S

    def _check_room(self) -> None:
        if len(self._sentences) >= self._capacity:
            raise SpeechBusyError(len(self._sentences))
