"""How much of the robot's own voice the echo canceller takes out, measured while the robot is heard. Pure."""

from __future__ import annotations

import math

import numpy as np

from robot_agent.media.blocks import Block, power

FAR_ACTIVE = 10.0 ** (-45 / 10)  # mean square: the speaker plays something that a room can answer
OVER_NOISE = 10.0  # 10 dB: what is less over the room's noise says more of the noise than of the echo
SMOOTH_KEEP = 0.9  # a block; 100 ms: longer than the canceller's own 15 ms, shorter than a syllable
FAR_KEEP = 0.96  # 250 ms: a room's answer
NOISE_RISE = 10.0 ** (0.3 / 10 / 100)  # a block: the floor found rises by 0.3 dB a second, and falls at once
WINDOW_BLOCKS = 500  # 5 s of the robot's voice
FEWEST_BLOCKS = 50
ECHO_ALONE = 0.9  # quantile: a lecturer who talks on leaves the echo alone for the time of a breath
LEAST_POWER = 1e-10  # -100 dBFS, below 16 bits: silence divides nothing


class EchoMeter:
    """Echo return loss enhancement (ITU-T G.168: microphone against output), in dB. One writer; any thread may read.

    Over the last seconds in which the speaker was active and its echo stood out of the room's noise. Somebody who
    speaks meanwhile is not to be taken out, and makes most of those moments look like no loss at all: what counts is
    the best of them, where the echo was alone. It cannot show more than the distance to the room's noise.
    """

    def __init__(self) -> None:
        self._near = self._far = self._out = self._noise = 0.0
        self._ratios = np.zeros(WINDOW_BLOCKS, dtype=np.float32)
        self._count = 0

    def add(self, near: Block, far: Block, out: Block) -> None:
        """10 ms: what the microphone heard, what the speaker has played, what is left."""
        first = self._near == 0.0
        self._near = _smooth(self._near, power(near), SMOOTH_KEEP)
        self._out = _smooth(self._out, power(out), SMOOTH_KEEP)
        self._far = _smooth(self._far, power(far), FAR_KEEP)
        self._noise = self._near if first else min(self._near, self._noise * NOISE_RISE)
        if self._far < FAR_ACTIVE or self._near < OVER_NOISE * max(self._noise, LEAST_POWER):
            return
        self._ratios[self._count % WINDOW_BLOCKS] = 10.0 * math.log10(self._near / max(self._out, LEAST_POWER))
        self._count += 1

    @property
    def loss_db(self) -> float | None:
        """None until the robot has been heard for half a second."""
        if self._count < FEWEST_BLOCKS:
            return None
        return float(np.quantile(self._ratios[: min(self._count, WINDOW_BLOCKS)], ECHO_ALONE))


def _smooth(before: float, now: float, keep: float) -> float:
    return keep * before + (1.0 - keep) * now
