"""The far side's voice where it comes by TCP: in order, but now and then late by as much as a second."""

from __future__ import annotations

import threading
from collections import deque

import numpy as np

from robot_agent.media.blocks import BLOCK, BLOCK_S, Block
from robot_agent.media.libopus import OpusDecodeError, OpusVoiceDecoder

FIRST_WAIT_S = 0.2  # a retransmission of TCP on a good mobile line
MOST_WAIT_S = 1.0  # a person who waits longer for an answer speaks again
GROWTH = 1.5  # the wait after the voice ran dry; the line was slower than was thought
CALM_BLOCKS = 1000  # 10 s of voice without running dry: what was never needed in that time is too much
CALM_STEP_BLOCKS = 50  # then a step each half second: a cut of one packet is hardly heard
STEP_BLOCKS = 6  # one packet
SHRINK = 0.8  # of the wait, with each step
SPARE_S = 0.4  # what may pile up over the wait; more is skipped, so that nobody answers to what is long past


class SlowVoice:
    """A BlockSource. `push` belongs to the event loop (0.3 ms a packet), `pop` to the device's thread."""

    def __init__(self) -> None:
        """Raises OpusLibraryError without libopus."""
        self._turn = threading.Lock()
        self._decoder = OpusVoiceDecoder()
        self._rest = np.zeros(0, np.int16)
        self._blocks: deque[Block] = deque()
        self._playing = False
        self._sequence = 0
        self._calm = 0
        self._least_s = MOST_WAIT_S
        self.wait_s = FIRST_WAIT_S
        self.refused = 0
        self.skipped = 0

    def push(self, sequence: int, packet: bytes) -> None:
        """A packet came. The same again, or no Opus, is counted and left out.

        The way keeps the order, so one that counts lower is of a page that began anew.
        """
        with self._turn:
            if sequence == self._sequence:
                self.refused += 1
                return
            if sequence < self._sequence:
                self._decoder.reset()
            self._sequence = sequence
            try:
                samples = self._decoder.decode(packet)
            except (OpusDecodeError, ValueError):
                self.refused += 1
                return
            samples = np.concatenate([self._rest, samples])
            whole = samples.size // BLOCK * BLOCK
            self._rest = samples[whole:]
            self._blocks.extend(samples[:whole].reshape(-1, BLOCK))
            self._skip()

    def pop(self) -> Block | None:
        """The next 10 ms, or None where there is nothing to hear, or not yet enough."""
        with self._turn:
            if not self._playing and len(self._blocks) * BLOCK_S < self.wait_s:
                return None
            if not self._blocks:
                self._run_dry()
                return None
            self._playing = True
            block = self._blocks.popleft()
            self._grow_calm()
            return block

    def clear(self) -> None:
        """Forget the stream; the next may count from 1 again."""
        with self._turn:
            self._blocks.clear()
            self._decoder.reset()
            self._rest = np.zeros(0, np.int16)
            self._playing = False
            self._sequence = self._calm = 0
            self._least_s = MOST_WAIT_S
            self.wait_s = FIRST_WAIT_S

    def _grow_calm(self) -> None:
        """What one bad moment made it hold back is let go of, down to what the line needed in the last seconds."""
        self._calm += 1
        self._least_s = min(self._least_s, len(self._blocks) * BLOCK_S)
        if self._calm < CALM_BLOCKS:
            return
        if self._least_s <= FIRST_WAIT_S:
            self._calm, self._least_s = 0, MOST_WAIT_S
            return
        self.wait_s = max(FIRST_WAIT_S, self.wait_s * SHRINK)
        for _ in range(STEP_BLOCKS):
            self._blocks.popleft()
        self.skipped += STEP_BLOCKS
        self._least_s -= STEP_BLOCKS * BLOCK_S
        self._calm -= CALM_STEP_BLOCKS

    def _run_dry(self) -> None:
        self._playing, self._calm, self._least_s = False, 0, MOST_WAIT_S
        self.wait_s = min(MOST_WAIT_S, self.wait_s * GROWTH)

    def _skip(self) -> None:
        if len(self._blocks) * BLOCK_S <= self.wait_s + SPARE_S:
            return
        while len(self._blocks) * BLOCK_S > self.wait_s:
            self._blocks.popleft()
            self.skipped += 1
