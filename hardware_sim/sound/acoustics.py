"""How the robot's speaker comes back to its microphone: a seeded room impulse response, convolved block by block."""

from typing import Final

import numpy as np

from hardware_sim.sound.samples import BLOCK, RATE, Samples, amplitude

PATH_DELAY_S: Final = 0.010  # converter, air and converter, from the speaker's block to the microphone's
ROOM_S: Final = 0.25
ECHO_DB: Final = -6.0  # energy of the whole response
RT60_S: Final = 0.35  # a furnished course room
DIRECT_SHARE: Final = 0.6  # of the energy: speaker and microphone share one small body
DAMPING: Final = 0.35  # one-pole low pass on the reflections: curtains and people


def impulse_response(seed: int) -> Samples:
    """The path from speaker to microphone: delay, direct sound, early reflections, decaying diffuse tail."""
    rng = np.random.default_rng(seed)
    length = round(ROOM_S * RATE)
    t_s = np.arange(length) / RATE
    tail = rng.standard_normal(length) * 10 ** (-3 * t_s / RT60_S)
    tail[: round(0.004 * RATE)] = 0
    for index in range(1, length):
        tail[index] = DAMPING * tail[index - 1] + (1 - DAMPING) * tail[index]
    for at_s in rng.uniform(0.004, 0.03, 8):
        tail[round(at_s * RATE)] += rng.choice([-1, 1]) * 8 * 10 ** (-3 * at_s / RT60_S)
    energy = amplitude(ECHO_DB) ** 2
    tail *= np.sqrt(energy * (1 - DIRECT_SHARE) / np.sum(tail**2))
    tail[0] = np.sqrt(energy * DIRECT_SHARE)
    return np.concatenate([np.zeros(round(PATH_DELAY_S * RATE)), tail]).astype(np.float32)


class Convolver:
    """Convolution of an endless signal, one block in and one block out without added delay.

    Uniformly partitioned overlap-save in the frequency domain (Wefers, Partitioned convolution, 2015, ch. 5).
    """

    def __init__(self, response: Samples) -> None:
        parts = -(-len(response) // BLOCK)
        padded = np.zeros(parts * BLOCK, np.float32)
        padded[: len(response)] = response
        self._filters = np.fft.rfft(padded.reshape(parts, BLOCK), 2 * BLOCK, axis=1).astype(np.complex64)
        self._spectra = np.zeros_like(self._filters)
        self._previous = np.zeros(BLOCK, np.float32)
        self._newest = 0
        self._quiet_blocks = parts

    def process(self, block: Samples) -> Samples:
        """The response's output for the next 480 samples."""
        self._quiet_blocks = 0 if block.any() else self._quiet_blocks + 1
        if self._quiet_blocks > len(self._filters):
            return np.zeros(BLOCK, np.float32)  # the last sound has died away
        self._newest = (self._newest - 1) % len(self._filters)
        self._spectra[self._newest] = np.fft.rfft(np.concatenate([self._previous, block]))
        self._previous = block
        split = len(self._filters) - self._newest
        total = np.einsum("pf,pf->f", self._spectra[self._newest :], self._filters[:split])
        total += np.einsum("pf,pf->f", self._spectra[: self._newest], self._filters[split:])
        return np.fft.irfft(total)[BLOCK:].astype(np.float32)
